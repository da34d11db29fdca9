/** Programs and commands of the shell that no closed profile runs, whatever they are told. */
const forbidden = new Set(
  (
    'su runuser doas pkexec sudoedit visudo chroot nsenter unshare ssh scp sftp sshpass autossh mosh telnet nc ncat netcat socat rsync tftp ftp lftp ' +
    'screen tmux at batch script mkfs mke2fs mkswap wipefs blkdiscard fdisk sfdisk cfdisk gdisk sgdisk parted shred kexec insmod modprobe rmmod debugfs ' +
    'useradd userdel usermod groupadd groupdel groupmod passwd chpasswd chage vipw vigr adduser deluser gpasswd newgrp sg capsh setcap setpriv gcore ' +
    'ld.so source . alias unalias enable hash trap bind complete compgen shopt set'
  ).split(' '),
);

export function isForbidden(name: string): boolean {
  return forbidden.has(name) || name.startsWith('mkfs.') || name.startsWith('ld-linux');
}

/** Programs that run code which stands in their words, in files or on their input. */
const interpreters =
  /^(?:python[0-9.]*|pypy[0-9.]*|perl[0-9.]*|ruby[0-9.]*|node|nodejs|deno|bun|php[0-9.]*|lua[0-9.]*|luajit|tclsh[0-9.]*|wish|expect|guile|gdb|irb|jshell|R|Rscript|julia|ed|ex|vi|vim|nvim|view|rvim|nano|emacs|sqlite3|mysql|mariadb|psql|mongo|mongosh)$/;

export function isInterpreter(name: string): boolean {
  return interpreters.test(name);
}

const shells = /^(?:sh|bash|dash|ash|zsh|ksh|ksh93|mksh|rbash|csh|tcsh|fish)$/;

export function isShell(name: string): boolean {
  return shells.test(name);
}

/** Shells whose text is read again and judged. */
export const readableShells: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash']);

/** They print their version with `--version` and do nothing else then. */
const versioned =
  /^(?:bash|zsh|fish|python[0-9.]*|perl|ruby|node|npm|php[0-9.]*|lua|gcc|cc|make|cmake|git|docker|podman|kubectl|helm|mysql|mariadb|mysqld|psql|postgres|redis-server|redis-cli|mongod|mongosh|sqlite3|nginx|haproxy|curl|wget|openssl|systemctl|journalctl|apt|apt-get|dpkg|rpm|dnf|yum|ssh|rsync|tar|gzip|sed|grep|awk|gawk|find|sort|ls|jq|go|cargo|rustc|composer|ansible|terraform|certbot|supervisord|varnishd|squid|named|java|javac|mvn|gradle|pip[0-9.]*|gem|bundle|nft|iptables|ip|ps|free|top|vmstat|lsblk|lscpu|uname|sudo|runc|containerd|crictl|zfs|zpool|smartctl|lvm|mdadm|less|vim|nano|tmux|screen)$/;

export function printsItsVersion(name: string): boolean {
  return versioned.test(name);
}
