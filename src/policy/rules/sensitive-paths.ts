import { PathSet } from '../paths/path-set.ts';

/** Files that hold secrets, wherever they are. */
export const secretFiles = new PathSet([
  '/etc/{shadow,shadow-,gshadow,gshadow-}',
  '/etc/ssh/ssh_host_*_key',
  '/etc/{ssl,pki/tls,ipsec.d,swanctl}/private/**',
  '/etc/{krb5.keytab,ipsec.secrets,security/opasswd,mysql/debian.cnf,exim4/passwd.client,rsyncd.secrets,apt/auth.conf}',
  '/etc/{ppp/*-secrets,postfix/sasl_passwd*,wireguard/*.conf,credstore*/**,apt/auth.conf.d/**,NetworkManager/system-connections/**}',
  '/etc/kubernetes/{admin.conf,pki/*.key}',
  '/etc/letsencrypt/{live,archive}/**/privkey*.pem',
  '/proc/*/{environ,mem}',
  '/proc/*/task/*/{environ,mem}',
  // Whatever that is: the way there is a link of the kernel's.
  '/proc/{*,*/task/*}/{root,cwd}/**',
  '/proc/kcore',
  '/{run,var/run}/{secrets,credentials}/**',
  '/var/lib/{cloud/instance*/**/user-data*,samba/private/**,etcd/**}',
  '**/.ssh/{id_*,*_rsa,*_ed25519,*_ecdsa}',
  '**/{id_rsa,id_dsa,id_ecdsa,id_ed25519}',
  '**/{.gnupg/**,.aws/credentials,.azure/**,.config/gcloud/**,.password-store/**,.kube/config,.docker/config.json}',
  '**/{.netrc,.pgpass,.my.cnf,.git-credentials,.env,.vault-token,.htpasswd,.npmrc,.pypirc,wp-config.php}',
  '**/.env.{local,prod,production,staging,dev,development}',
  '**/{credentials,credentials.json,secrets.yml,secrets.yaml,secrets.json,master.key,*.key,*.p12,*.pfx,*.tfstate,*.kdbx,*.jks,*.keystore,*.ovpn}',
  '**/{*private*key*,*privkey*}',
]);

/** Directories whose files are nearly all secrets: to read one with all that it holds is to read them. */
export const secretTrees = /(?:^|\/)\.(?:ssh|gnupg|aws|azure|kube|password-store|docker)(?:\/?|\/(?:\*|\.)?)$/;

/** Public halves and examples: their names are like those of secrets. */
export const publicFiles = new PathSet(['**/*.{pub,example,sample,template,dist}']);

/** Where the system itself is configured and kept: changing it is privileged. */
export const systemFiles = new PathSet([
  '/',
  '/{etc,boot,bin,sbin,usr,lib,lib32,lib64,libx32,proc,sys}/**',
  '/dev/{sd*,nvme*,vd*,xvd*,hd*,mmcblk*,md*,dm-*,mem,kmem,port,mapper/**,disk/**}',
  '/var/spool/cron/**',
  '/root/.ssh/**',
  '**/.ssh/{authorized_keys,authorized_keys2,config,rc}',
  // What was done, by whom.
  '/var/log/{auth.log*,secure*,syslog*,messages*,wtmp*,btmp*,lastlog,faillog,kern.log*,audit/**,journal/**}',
  '**/.*_history',
]);

/** Parts of the above that belong to whoever administers an application. */
export const ordinarySystemFiles = new PathSet([
  '/usr/local/{src,share,etc,lib/node_modules}/**',
  '/proc/self/**',
  '/dev/{null,stdin,stdout,stderr,tty,shm/**}',
]);
