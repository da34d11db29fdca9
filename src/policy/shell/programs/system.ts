/** Processes, services, packages, accounts, schedules, kernel and boot. */
export const system = `
kill,pkill,killall,killall5,skill,snice,xkill | privileged | -l,--list -L -s,--signal: -n: -u: -U: -g: -G: -P: -t: -f -x -o -e -i -I -r -w -v -V -y: | .*
renice           | privileged  | -n: -p -g -u | .*
pgrep,pidof,pstree,w,who,whoami,users,id,groups,logname,tty,last,lastb,lastlog,uptime,uname,arch,nproc,free,vmstat,mpstat,iostat,pidstat,sar,lsof,lscpu,lsblk,lsmod,lspci,lsusb,lsns,lsipc,lslocks,ipcs,getconf,locale,cal,tput,getent,printenv,test,[,true,false,:,echo,printf,seq,expr,factor,sleep,wait,nvidia-smi,sensors,dmidecode,lshw,hwinfo,systemd-analyze,systemd-detect-virt,systemd-cgls,systemd-cgtop,iotop,htop,top,atop,glances,btop,modinfo,aa-status,sestatus,getenforce,getcap,ntpq,chronyc,blkid,findmnt,ausearch,aureport,pmap,numastat,slabtop,uptimed,neofetch,fastfetch | reads | | .*
ps               | reads       | -o: -O: -p: -u: -U: -g: -G: -t: -C: -s: -k: --sort: --pid: --ppid: --user: --format: --cols: --columns: --width: --lines: --rows: | + .*
dmesg            | reads       | -C,--clear{destructive} -c,--read-clear{destructive} -D,--console-off{privileged} -E,--console-on{privileged} -n,--console-level:{privileged} -F< -f: -l: -s: -T -t -w -H -k -x -r -e -L? | .*
fuser            | reads       | -k,--kill{privileged} -i -I -a -m -M -n: -s -u -v -w -4 -6 | .*
systemctl        | reads       | -t,--type: --state: -p,--property: -P: -n,--lines: -o,--output: -H,--host:{network} -M,--machine: --root: --image: -s,--signal: --kill-who: --kill-whom: --job-mode: --what: -a -l -r -q -f,--force -i --user --system --global --no-pager --no-legend --no-block --now --wait --plain --failed --runtime --message: --timestamp: --preset-mode: --check-inhibitors: | .*
systemctl start,restart,reload,try-restart,reload-or-restart,try-reload-or-restart,condrestart,force-reload,enable,reenable,unmask,daemon-reload,daemon-reexec,reset-failed,preset | service | | .*
systemctl stop,disable,mask,kill,isolate,edit,set-property,set-default,link,revert,clean,freeze,thaw,set-environment,unset-environment,import-environment,add-wants,add-requires,bind,mount-image,cancel,log-level,service-log-level,preset-all | privileged | | .*
systemctl reboot,poweroff,halt,kexec,soft-reboot,exit,switch-root,suspend,hibernate,hybrid-sleep,suspend-then-hibernate,rescue,emergency,default | privileged | | .*
service,rc-service,invoke-rc.d,supervisorctl,pm2,monit,initctl,rc-update,chkconfig,update-rc.d,svc,sv,s6-svc,launchctl,apachectl,apache2ctl | service | -c: -s: -u: -p: | .*
nginx,httpd,apache2,haproxy,caddy | service | -t -T -v -V -q -s: -c: -g: -p: -f: -S -D: | .*
start,stop,restart,status | service | | .*
reboot,shutdown,halt,poweroff,init,telinit,kexec | privileged | | .*
journalctl       | reads       | -u,--unit: -n,--lines? -p,--priority: -S,--since: -U,--until: -t,--identifier: -o,--output: -g,--grep: -D,--directory: -F,--field: -b,--boot? -c,--cursor: -M,--machine: --file: --root: --namespace: --vacuum-size:{destructive} --vacuum-time:{destructive} --vacuum-files:{destructive} --rotate{service} --flush{service} --sync --relinquish-var{privileged} --setup-keys{privileged} --update-catalog{privileged} --cursor-file> -f -e -k -r -a -q -x -m -N --no-pager --utc --no-hostname --disk-usage --list-boots --verify | .*
logrotate        | writes      | -d -f -v -s> -l> -m! | <*
loginctl         | reads       | -p: -M: -H: -n: -o: | .*
loginctl terminate-session,terminate-user,terminate-seat,kill-session,kill-user,lock-session,lock-sessions,enable-linger,disable-linger,attach,flush-devices | privileged | | .*
hostnamectl,timedatectl,localectl,resolvectl,networkctl,machinectl,coredumpctl,busctl,bootctl,portablectl,homectl,userdbctl,systemd-resolve | reads | -p: -M: -H: -o: -n: --debugger! | .*
hostnamectl set-hostname,hostname,set-icon-name,set-chassis,set-deployment,set-location | privileged | | .*
timedatectl set-time,set-timezone,set-local-rtc,set-ntp | privileged | | .*
localectl set-locale,set-keymap,set-x11-keymap | privileged | | .*
resolvectl dns,domain,default-route,llmnr,mdns,dnsovertls,dnssec,nta,revert,flush-caches,reset-statistics,reset-server-features | privileged | | .*
networkctl up,down,renew,forcerenew,reconfigure,reload,delete,edit,mask,unmask | privileged | | .*
machinectl login,shell,start,poweroff,reboot,terminate,kill,remove,clone,copy-to,bind,enable,disable,import-tar,pull-tar,import-raw,pull-raw,set-limit,clean | privileged | | .*
coredumpctl debug,gdb | interpreter | --debugger! -A: | .*
coredumpctl dump | writes      | -o,--output> | .*
busctl call,set-property,emit | privileged | | .*
bootctl install,update,remove,set-default,set-oneshot,random-seed,unlink,cleanup | privileged | | .*
homectl create,remove,update,passwd,resize,activate,deactivate,lock,unlock | privileged | | .*
apt,apt-get,aptitude | reads  | -y,--yes,--assume-yes -q -s,--simulate -d -f -m -u -V -b -o,--option: -c,--config-file< -t,--target-release: -a: --no-install-recommends --with-source: --download-only --fix-broken --purge | .*
apt,apt-get,aptitude install,reinstall,remove,purge,upgrade,full-upgrade,dist-upgrade,safe-upgrade,autoremove,autopurge,build-dep,source,edit-sources,satisfy,dselect-upgrade,hold,unhold,markauto,unmarkauto,forget-new | privileged network | | .*
apt,apt-get,aptitude update,clean,autoclean,distclean,download,changelog | service network | | .*
apt-cache,apt-mark,apt-config,apt-file,dpkg-query | reads | -o: -c< --pkg-cache: --admindir: --root: -f: | .*
apt-mark hold,unhold,auto,manual,minimize-manual | privileged | | .*
apt-key,add-apt-repository,apt-add-repository,update-alternatives,alternatives,dpkg-reconfigure,dpkg-divert,dpkg-statoverride,unattended-upgrade,unattended-upgrades,do-release-upgrade,snap,flatpak,brew,nix,nix-env,port,emerge,pacman,yay,zypper,apk,rpm-ostree,alien,tasksel,debconf-set-selections,needrestart,checkinstall | privileged network | | .*
snap,flatpak list,info,find,search,version,services,logs,history,changes,connections,remotes | reads | -n: --all | .*
brew list,info,search,outdated,config,doctor | reads | | .*
zypper search,se,info,if,list-updates,lu,list-patches,lp,repos,lr,packages,pa,patches,products | reads network | | .*
apk info,list,search,policy,version,stats,dot | reads network | -a -e -v -d -r -w -W: -L | .*
pacman           | privileged network | -Q,--query -S,--sync -R,--remove -U,--upgrade -F -D -T -i -l -o -q -s -u -y -k -e -m -n -t -c -p -v --noconfirm --needed | .*
dpkg             | privileged  | -l,--list -L,--listfiles -s,--status -S,--search -p,--print-avail -c,--contents -I,--info -V,--verify -C,--audit --get-selections --compare-versions --print-architecture --version -i,--install -r,--remove -P,--purge --configure --unpack --set-selections --force-all --root: --admindir: --instdir: --pre-invoke! --post-invoke! --add-architecture --clear-selections -a | .*
rpm              | privileged  | -q,--query -a -i -l -f -p -c -d -R -V,--verify -e,--erase -U,--upgrade -F -K -v -h --qf: --queryformat: --eval:{interpreter} -E:{interpreter} -D: --define: --pipe! --root: --dbpath: --import --nodeps --force --rebuilddb --initdb --last --changelog --requires --provides --scripts --whatprovides: | .*
yum,dnf,microdnf,tdnf | reads network | -y,--assumeyes --assumeno -q -v -C,--cacheonly -b -c< -d: -e: -R: -x: --enablerepo: --disablerepo: --setopt: --installroot: --releasever: --repofrompath: --nogpgcheck --showduplicates | .*
yum,dnf,microdnf,tdnf install,reinstall,remove,erase,autoremove,update,upgrade,update-minimal,upgrade-minimal,downgrade,distro-sync,localinstall,groupinstall,group,module,swap,config-manager,copr,mark,versionlock,builddep,system-upgrade,offline-upgrade,shell | privileged network | | .*
yum,dnf clean,makecache | service network | | .*
yum,dnf history | privileged  | | .*
useradd,userdel,usermod,groupadd,groupdel,groupmod,groupmems,adduser,deluser,addgroup,delgroup,passwd,chpasswd,chgpasswd,chage,chsh,chfn,gpasswd,vipw,vigr,pwconv,grpconv,pwunconv,newusers,visudo,sudoedit,faillock,pam_tally2,pam-auth-update,authselect,authconfig,realm,kadmin,kadmin.local,smbpasswd,pdbedit,htpasswd,ssh-keygen,ssh-add,keyctl,update-ca-certificates,update-ca-trust,trust,certutil,keytool,certbot,acme.sh,cryptsetup,veracrypt,wg,wg-quick,ipsec,swanctl | privileged | -f> -t: -b: -C: -N: -p: -u: -g: -G: -d: -s: -c: | .*
wg show          | reads       |  | .*
certbot certificates | reads   |  | .*
cryptsetup status,luksDump,isLuks,benchmark | reads | --dump-master-key --dump-volume-key --key-file< | .*
crontab          | privileged  | -l -e -r -i -u: -n: -s | <
atrm,anacron,cron,crond,run-crons,systemd-tmpfiles,systemd-sysusers,systemd-machine-id-setup,systemd-firstboot | privileged | | .*
atq,crontab-list | reads       | | .*
a2ensite,a2enmod,a2dissite,a2dismod,ldconfig,insmod,modprobe,rmmod,depmod,kmod,dkms,sysctl.d,grub-install,grub-mkconfig,grub2-mkconfig,grub2-install,grub-set-default,grub-reboot,grubby,update-grub,update-grub2,update-initramfs,mkinitramfs,mkinitrd,dracut,efibootmgr,lilo,kernel-install,fwupdmgr,flashrom,nvme,setpci,hwclock,ntpdate,chronyd,sntp,rdate,adjtimex,swapon,swapoff,mount,umount,losetup,pivot_root,switch_root,fsfreeze,quotaon,quotaoff,setquota,edquota,exportfs,semanage,setsebool,setenforce,semodule,aa-enforce,aa-complain,aa-disable,apparmor_parser,auditctl,augenrules,setcap,ethtool,loadkeys,setfont,chvt,openvt,setterm,wall,write,mesg,talk,rfkill,brctl,ipmitool,smartctl,hdparm,sdparm,blockdev,tune2fs,resize2fs,xfs_growfs,xfs_admin,e2label,fsck,fsck.ext4,fsck.xfs,e2fsck,xfs_repair,btrfsck,fstrim,debugfs,dmsetup,mdadm,multipath,iscsiadm,targetcli,drbdadm,gcore,criu,crash,kdump,makedumpfile,trace-cmd,ftrace,tc,ifup,ifdown,ifconfig,dhclient,dhcpcd,wpa_supplicant,iwconfig,iw,nmcli,nmtui,netplan,pppd,arptables,ebtables,ipset,ipvsadm,conntrack,fail2ban-client,ufw,firewall-cmd,nft,iptables,ip6tables,iptables-restore,ip6tables-restore,iptables-save,ip6tables-save,nft-restore,shorewall,csf | privileged | -f> -c< | .*
ufw status,show,version | reads | | .*
nmcli            | privileged  | -t -f: -p -g: -c: -m: | .*
fail2ban-client status,ping,version,get | reads | | .*
sysctl           | reads       | -a -A -X -n -N -e -q -r: -b -w,--write{privileged} -p,--load?{privileged} --system{privileged} -f?{privileged} | .*
date             | reads       | -u -R -I? -d,--date: -f,--file< -r,--reference: --rfc-3339: --iso-8601? -s,--set:{privileged} --debug | .
hostname,domainname,nisdomainname,ypdomainname | reads | -a -A -d -f -i -I -s -y -F,--file<{privileged} -b{privileged} | .
ip               | reads       | -s -d -h -o -r -t -4 -6 -0 -B -M -c -br -j -p -a -n,-netns: -f: -rc: -l: -b,-batch<{privileged} -V | .*
ip netns,netn,net | reads      | | .*
ip netns,netn,net exec,exe,ex,e | privileged | | . !
ip vrf           | reads       | | .*
ip vrf exec,exe,ex,e | privileged | | . !
route,arp        | reads       | -n -v -e -A: -F -C -a -i: -H: -d{privileged} -s{privileged} -f<{privileged} | .*
history          | reads       | -c{destructive} -d:{destructive} -w> -a> -r< -n< -p -s | .*
export,declare,typeset,local,readonly,unset,set,shopt,alias,unalias,cd,pushd,popd,dirs,read,umask,ulimit,return,break,continue,shift,exit,logout,disown,fg,bg,suspend,times,getopts,let,hash,enable,source,.,help,caller | writes | | .*
`;
