import { PathSet } from '../paths/path-set.ts';

/** What nobody reads through a closed rule: secrets, other people's processes, raw devices and memory. */
export const protectedReads = new PathSet([
  '/etc/{shadow,shadow-,gshadow,gshadow-,sudoers}',
  '/etc/sudoers.d/**',
  '/etc/ssh/ssh_host_*_key',
  '/etc/{ssl,pki/tls,ipsec.d,swanctl}/private/**',
  '/etc/{kubernetes,wireguard,openvpn,samba,rancher,sssd}/**',
  '/etc/NetworkManager/system-connections/**',
  '/etc/{krb5.keytab,ipsec.secrets,security/opasswd,mysql/debian.cnf,exim4/passwd.client,rsyncd.secrets}',
  '/etc/{ppp/*-secrets,postfix/sasl_passwd*,apt/auth.conf,ldap.conf.d/**,ldap.secret,libnss-ldap.conf,pam_ldap.conf}',
  '/etc/{nslcd.conf,ldap/*passw*}',
  '/etc/apt/auth.conf.d/**',
  '/etc/credstore*/**',
  '/root/**',
  '/proc/*/{environ,mem,maps,smaps}',
  '/proc/*/task/*/{environ,mem,maps,smaps}',
  '/proc/*/{root,cwd,fd,map_files}/**',
  '/proc/*/task/*/{root,cwd,fd,map_files}/**',
  '/proc/{kcore,kmem,kmsg,sysrq-trigger}',
  '/sys/kernel/{debug,tracing}/**',
  '/sys/firmware/efi/efivars/**',
  '/var/backups/{*shadow*,passwd*}',
  '/var/lib/{cloud,samba/private,etcd,docker,kubelet,containers,lxc,machines,private}/**',
  '/var/lib/systemd/coredump/**',
  '/{run,var/run}/{secrets,credentials,user}/**',
  '/var/spool/cron/**',
  '/var/crash/**',
  '/{var/log,run/log}/journal/**',
  '/boot/{grub,grub2,efi,loader,initr*,vmlinuz*,System.map*}/**',
  '**/{.ssh,.gnupg,.aws,.kube,.azure,.password-store,.config/gcloud,.subversion/auth}/**',
  '**/.docker/config.json',
  '**/{.netrc,.pgpass,.my.cnf,.git-credentials,.env,.env.*,.vault-token,.htpasswd,.npmrc,.pypirc,.lesshst,.viminfo}',
  '**/{id_rsa,id_dsa,id_ecdsa,id_ed25519,.*_history,credentials,credentials.json,wp-config.php}',
  '**/{*.pem,*.key,*.p12,*.pfx,*.tfstate,*.tfvars,*.kdbx,*.jks,*.keystore,*.ovpn,*.gpg}',
  '**/secrets.{yml,yaml,json}',
  '**/etc/{shadow,gshadow}*',
]);

/** Names that say that a file is a secret. They count where they are spelled out. */
export const telltaleNames = new PathSet([
  '/etc/{shadow,gshadow}*',
  '**/{*.tfstate.*,krb5cc_*,.vault_pass*,*.key.*,*_hist,*_history}/**',
  '**/{*secret*,*password*,*passwd.client,*credential*,*private*key*}/**',
]);

/** Files and directories of homes that begin with a dot, but for a few that hold no secrets. */
export const homeDotFiles = new PathSet(['~/.*/**', '/home/*/.*/**']);
export const plainDotFiles = new PathSet([
  '~/{.bashrc,.profile,.bash_profile,.vimrc,.inputrc}',
  '/home/*/{.bashrc,.profile,.bash_profile,.vimrc,.inputrc}',
]);

/** Where a pattern for names is no reason to ask: nothing there is named like a secret. */
export const ordinaryTrees = new PathSet([
  '/{var/log,proc,usr,lib/systemd}/**',
  '/boot/config-*',
  '/etc/{cron.*,logrotate.d,sysctl.d,systemd,profile.d,yum.repos.d,udev/rules.d,init.d,apt/sources.list.d}/**',
  '/etc/{nginx/sites-*,nginx/conf.d,nginx/snippets,apache2/*-enabled,httpd/conf.d,php/*/*/conf.d}/**',
  '/sys/{class,block,devices,fs/cgroup}/**',
]);

/** The trees that may be read whole. */
export const readableTrees = new PathSet([
  '/{var/log,usr/share,usr/lib}/**',
  '/etc/{nginx,apache2,httpd,php,systemd,sysctl.d,security,mysql,logrotate.d,cron.*,default,apt/sources.list.d}/**',
  '/etc/*.conf',
]);

/** The devices that may be read. */
export const readableDevices = new PathSet(['/dev/{null,stdin,stdout,stderr}', '/dev/fd/*']);
export const devices = new PathSet(['/dev/**']);

/** What nobody writes through a closed rule. */
export const protectedWrites = new PathSet([
  '/',
  '/{bin,boot,dev,etc,lib*,proc,root,sbin,sys,usr}/**',
  '/{home,var,opt,srv,run}',
  '/var/{lib,spool,log}/**',
  '/{run,var/run}/**',
  '**/{.ssh,.config,.git,.gnupg,.aws,.kube,.docker,.local}/**',
  '**/{.bashrc,.bash_profile,.bash_login,.bash_logout,.profile,.zshrc,.zshenv,.zprofile,.gitconfig,.vimrc,.inputrc}',
  '**/{authorized_keys,.pam_environment,.forward,.rhosts,.netrc,.env}',
]);

/** Where anybody with a closed rule for writing may write. */
export const writablePlaces = new PathSet(['/tmp/**', '/var/tmp/**', '~/**']);
