/** Networks, containers, clusters, disks, version control, databases. */
export const network = `
curl             | network fetches | -a -f,--fail -g -G,--get -I,--head -i -j -k -l -L,--location -M -n -N -O,--remote-name{>} -p -q -R -s,--silent -S,--show-error -v,--verbose -V -0 -1 -2 -3 -4 -6 -# -: --compressed --http2 --retry: --retry-delay: --retry-max-time: -A: -b,--cookie: -c,--cookie-jar> -C: -d,--data: --data-binary: --data-raw: --data-urlencode: --json: --url-query: --variable: -D,--dump-header> -e: -E,--cert: -F,--form: -h -H,--header: -K,--config< -m,--max-time: -o,--output> -P: -Q: -r: -t: -T,--upload-file< -u,--user: -U: -w,--write-out: -x,--proxy: -X,--request: -y: -Y: -z: --connect-timeout: --cacert< --capath< --key< --resolve: --interface: --unix-socket: --url: --trace> --trace-ascii> --stderr> --libcurl> --output-dir> --create-dirs --engine: --limit-rate: --netrc-file< | .*
wget             | network fetches | -q -v -nv -c -N -S -r -k -p -m -np -nH -nc -nd -b -d -F -4 -6 -O,--output-document> -o,--output-file> -a,--append-output> -P,--directory-prefix> -i,--input-file< -t: -T: -w: -U: -A: -R: -D: -I: -X: -l: -e,--execute: -B: --header: --post-data: --post-file< --body-file< --user: --password: --method: --config< --use-askpass! --spider --no-check-certificate --tries: --timeout: --referer: --load-cookies< --save-cookies> --ca-certificate< | .*
aria2c,axel,lynx,w3m,links,elinks,httpie,http,https,xh,fetch,ftp,lftp,ncftp,tftp,sftp,rclone,s3cmd,gsutil,yt-dlp,GET,POST,httrack,curlie,wget2 | network fetches | -o> -O> -d: -P: -b< -e! -f< -c! -i< --on-download-complete! | .*
scp              | network writes | -3 -4 -6 -A -B -C -O -p -q -R -r -T -v -c: -D: -F< -i< -J: -l: -o,--setting! -P: -S! -X: | <* >
socat            | network | -d -D -h -u -U -v -x -V -ly -lf> -lh -ls -lu -lm -lp: -b: -s -t: -T: -L> -W> -r> -R> -g -4 -6 -S: --statistics --experimental | .*
nc,ncat,netcat,telnet,rsh,rlogin,rcp,rexec | network | -4 -6 -l -k -n -u -v -z -p: -w: -s: -e,--exec! -c,--sh-exec! -i: -q: -X: -x: -L: -T: -d -D | .*
ping,ping6,arping,traceroute,traceroute6,tracepath,mtr,dig,host,nslookup,whois,drill,fping,nmap,hping3,tcpdump,tshark,ngrep,iperf,iperf3,ssh-keyscan,delv,kdig,showmount,rpcinfo,nbtscan,netcat-probe,testssl,testssl.sh,ab,wrk,hey,siege,k6,vegeta | network | -c: -i: -w: -W: -s: -t: -p: -n -q: -f: -k: -z! --script: | .*
tcpdump,tshark   | network privileged | -w> -r< -z! -i: -c: -s: -n -A -X -e -v -F< -C: -G: -W: -Z: | .*
ss,netstat       | reads       | -K,--kill{privileged} -D,--diag> -F,--filter< -f: -A: -N: -n -t -u -l -p -a -s -e -i -m -o -H -4 -6 -x -w -r -c | .*
sendmail,mail,mailx,mutt,swaks,msmtp,exim,exim4,postfix,postconf,postsuper,postqueue,mailq,newaliases,logger | network | -s: -a: -r: -c: -b: -f: -A: -e! | .*
docker,podman,nerdctl | reads | -D -H,--host: -c,--context: -l: --config: --tls --tlscacert< --tlscert< --tlskey< --version -v --log-level: --url: --root: | .*
docker,podman,nerdctl container,image,volume,network,system,compose,buildx,builder,context,plugin,secret,config,node,service,stack,swarm,manifest,trust,machine,pod | reads | -f,--file< -p,--project-name: --profile: --env-file< --project-directory: --ansi: --progress: --parallel: | .*
docker,podman,nerdctl exec | writes | -d,--detach -i,--interactive -t,--tty --privileged{privileged} -e,--env: --env-file< -u,--user: -w,--workdir: --detach-keys: | . !
docker,podman,nerdctl container exec | writes | -d,--detach -i,--interactive -t,--tty --privileged{privileged} -e,--env: --env-file< -u,--user: -w,--workdir: --detach-keys: | . !
docker,podman,nerdctl compose exec | writes | -d,--detach -T,--no-TTY --privileged{privileged} -e,--env: -u,--user: -w,--workdir: --index: | . !
docker,podman,nerdctl compose run | service network | -d,--detach -T,--no-TTY --rm --build --no-deps -P --service-ports --use-aliases -e,--env: -u,--user: -v,--volume: -w,--workdir: -p,--publish: -l,--label: --name: --entrypoint! | . !
docker,podman,nerdctl run,create | service network | -d,--detach -i,--interactive -t,--tty --rm -P --init --privileged{privileged} --read-only --oom-kill-disable --no-healthcheck --sig-proxy --quiet -q --tls-verify -a: --add-host: --annotation: --blkio-weight: --cap-add:{privileged} --cap-drop: --cgroup-parent: --cgroupns:{privileged} --cidfile> --cpu-shares: --cpus: -c: --cpuset-cpus: --device:{privileged} --dns: --entrypoint! -e,--env: --env-file< --expose: --gpus: --group-add: --health-cmd: -h,--hostname: --ip: --ipc:{privileged} --isolation: -l,--label: --label-file< --link: --log-driver: --log-opt: -m,--memory: --memory-swap: --mount: --name: --network,--net: --network-alias: --oom-score-adj: --pid:{privileged} --pids-limit: --platform: -p,--publish: --pull: --restart: --runtime: --security-opt:{privileged} --shm-size: --stop-signal: --stop-timeout: --storage-opt: --sysctl:{privileged} --tmpfs: --ulimit: -u,--user: --userns:{privileged} --uts:{privileged} -v,--volume: --volume-driver: --volumes-from: -w,--workdir: | . !
docker,podman,nerdctl container run,create | service network | -d,--detach -i,--interactive -t,--tty --rm -P --init --privileged{privileged} --read-only --oom-kill-disable --no-healthcheck --sig-proxy --quiet -q --tls-verify -a: --add-host: --annotation: --blkio-weight: --cap-add:{privileged} --cap-drop: --cgroup-parent: --cgroupns:{privileged} --cidfile> --cpu-shares: --cpus: -c: --cpuset-cpus: --device:{privileged} --dns: --entrypoint! -e,--env: --env-file< --expose: --gpus: --group-add: --health-cmd: -h,--hostname: --ip: --ipc:{privileged} --isolation: -l,--label: --label-file< --link: --log-driver: --log-opt: -m,--memory: --memory-swap: --mount: --name: --network,--net: --network-alias: --oom-score-adj: --pid:{privileged} --pids-limit: --platform: -p,--publish: --pull: --restart: --runtime: --security-opt:{privileged} --shm-size: --stop-signal: --stop-timeout: --storage-opt: --sysctl:{privileged} --tmpfs: --ulimit: -u,--user: --userns:{privileged} --uts:{privileged} -v,--volume: --volume-driver: --volumes-from: -w,--workdir: | . !
docker,podman,nerdctl start,restart,pause,unpause,rename,update,pull,tag,load,import,commit,build,login,logout,wait,attach,push,save,export,cp | service network | -o,--output> -i,--input< -t,--tag: -f,--file< --time: -q | .*
docker,podman,nerdctl stop,kill | privileged | -t,--time: -s,--signal: | .*
docker,podman,nerdctl rm,rmi | writes | -f,--force{destructive} -v,--volumes{destructive} -l,--link -a,--all{destructive} | .*
docker,podman,nerdctl container prune,rm,stop,kill | destructive | -f,--force -v,--volumes --filter: | .*
docker,podman,nerdctl container start,restart,pause,unpause,update,rename,commit,cp,attach,export | service | | .*
docker,podman,nerdctl image prune,rm | destructive | -f,--force -a,--all --filter: | .*
docker,podman,nerdctl image pull,push,build,load,save,tag,import | service network | -o> -i< -t: -f< | .*
docker,podman,nerdctl volume rm,prune | destructive | -f,--force -a,--all --filter: | .*
docker,podman,nerdctl volume create | service | | .*
docker,podman,nerdctl network rm,prune,disconnect | destructive | -f,--force --filter: | .*
docker,podman,nerdctl network create,connect | service | | .*
docker,podman,nerdctl system prune,reset,migrate | destructive | -f,--force -a,--all --volumes --filter: | .*
docker,podman,nerdctl builder prune,build | destructive | -f,--force -a,--all --filter: | .*
docker,podman,nerdctl swarm,stack,service,secret,config,node rm,remove,leave,update,scale,deploy,init,join,ca,unlock,rollback,create,promote,demote | privileged | -f,--force -c< | .*
docker,podman,nerdctl compose down | privileged | -v,--volumes{destructive} --rmi:{destructive} --remove-orphans -t: | .*
docker,podman,nerdctl compose rm | destructive | -f -s -v | .*
docker,podman,nerdctl compose stop,kill | privileged | -t: -s: | .*
docker,podman,nerdctl compose up,start,restart,pull,build,create,pause,unpause,push,watch,cp | service network | -d -V,--renew-anon-volumes{destructive} --build --force-recreate --remove-orphans --wait --scale: -t: | .*
docker-compose,podman-compose | service network | -f,--file< -p,--project-name: --profile: --env-file< | .*
docker-compose,podman-compose exec | writes | -d -T --privileged{privileged} -e: -u: -w: --index: | . !
docker-compose,podman-compose run | service network | -d -T --rm --no-deps -e: -u: -v,--volume: -w: -p: --name: --entrypoint! | . !
docker-compose,podman-compose down | privileged | -v,--volumes{destructive} --rmi:{destructive} --remove-orphans -t: | .*
docker-compose,podman-compose rm | destructive | -f -s -v | .*
docker-compose,podman-compose stop,kill | privileged | -t: -s: | .*
docker-compose,podman-compose ps,logs,top,images,config,port,version,ls,events | reads | --tail: --since: -f | .*
VBoxManage,lxc,lxc-attach,lxc-execute,incus,virsh,virt-install,virt-customize,qm,pct,pvesh,vagrant,multipass,ctr,crictl,runc,crun,buildah,skopeo,kind,minikube,k3d,microk8s,kubeadm,etcdctl,etcdutl,consul,vault,nomad,rancher | privileged network | -n: -c: --name: -l: | .*
lxc-attach       | privileged  | -n,--name: -e -s: -u: -g: -v: --clear-env --keep-env | --!
lxc exec         | privileged  | --env: --user: --group: --cwd: -t -T | . --!
ctr run,tasks,task | privileged | -t --rm --exec-id: | .*
crictl ps,images,stats,info,version,inspect,inspecti,inspectp,logs,pods | reads | -a -q -o: --name: | .*
crictl exec      | privileged  | -i -t -s: | . !
kubectl,oc,k3s,kubecolor | reads network | -n,--namespace: --context: --cluster: --user: --kubeconfig< -s,--server: --token: --as: --as-group: --request-timeout: -v: -l,--selector: -o,--output: -f,--filename< -k: --field-selector: --sort-by: -L: --tail: --since: --since-time: -c,--container: --cache-dir: --certificate-authority< --client-key< --client-certificate< --profile: --profile-output> -A,--all-namespaces -w,--watch --all --force{destructive} | .*
kubectl,oc exec  | network | -i,--stdin -t,--tty -q -c,--container: -n,--namespace: -f,--filename< --pod-running-timeout: | .* --!
kubectl,oc debug,attach,cp,port-forward,proxy,run,expose,autoscale,edit,label,annotate,set,patch,create,apply,rollout,scale,uncordon,wait,config,certificate,auth,plugin,kustomize,diff | service network | --image: --replicas: -p,--patch: --type: --prune{destructive} --dry-run? | .*
kubectl,oc delete,drain,cordon,taint,replace,adm | destructive network | --grace-period: --now --ignore-daemonsets --delete-emptydir-data --cascade? --timeout: | .*
k3s kubectl      | reads network | -n,--namespace: | .*
helm,helmfile,argocd,flux,kustomize | service network | -n,--namespace: -f,--values< --set: --version: --kubeconfig< --kube-context: --post-renderer! | .*
helm list,ls,get,status,history,show,search,template,version,repo,lint,env,dependency | reads network | -a -A | .*
helm uninstall,delete,del,un | destructive network | --keep-history | .*
aws,gcloud,az,doctl,hcloud,linode-cli,ibmcloud,oci,heroku,flyctl,fly,vercel,netlify,wrangler,gh,glab,hub,s5cmd,mc,openstack,firebase,cdk,cdktf,sam,serverless,sls,eksctl,kops,velero,restic,borg,borgmatic,duplicity,kafka-topics,kafka-topics.sh,doppler,op,bw,lpass,chamber,infisical | network | --profile: --region: --output: --query: --project: --format: -R: | .*
git              | reads       | -C: -c,--setting! --git-dir: --work-tree: --namespace: --exec-path? --config-env: -p,--paginate -P,--no-pager --no-optional-locks --bare --version --no-replace-objects --literal-pathspecs | .*
git add,commit,mv,init,tag,merge,cherry-pick,revert,am,apply,notes,worktree,sparse-checkout,config,remote,bundle,format-patch,switch,stash,bisect | writes | -m,--message: -F,--file< -b: -B: -c: -C: -u: -o> --output> --output-directory> -S? --amend --author: --date: -e -n -d -D -f | .*
git pull,fetch,clone,submodule,ls-remote,archive,remote-update,lfs,svn,send-email,request-pull,daemon,http-backend | writes network | -u,--upload-pack! --upload-archive! --exec! -c,--setting! -b,--branch: -j: --depth: -o,--origin: -O,--output> --remote: --format: --template: --reference: --separate-git-dir: | .*
git submodule foreach | writes | --recursive -q | $*
git push         | writes network | -f,--force{destructive} --force-with-lease?{destructive} --force-if-includes --mirror{destructive} --prune{destructive} -d,--delete{destructive} -u --set-upstream --all --tags -n --no-verify --receive-pack! --exec! -o: --repo: | .*
git reset        | writes      | --hard{destructive} --merge{destructive} --keep -q --soft --mixed -p -N | .*
git clean        | reads       | -f,--force{destructive} -d -x -X -n,--dry-run -q -i -e: | .*
git checkout     | writes      | -f,--force{destructive} -b: -B: -q --ours --theirs -m -t -l --orphan: -p --detach | .*
git restore      | writes      | -s,--source: -S,--staged -W,--worktree{destructive} -q -p | .*
git branch       | writes      | -d -D{destructive} -m -M{destructive} -c -C{destructive} -f,--force{destructive} -a -r -v -l --list -u: --set-upstream-to: --unset-upstream --contains? --merged? --no-merged? --show-current --sort: --format: --points-at: | .*
git stash drop,clear | destructive | -q | .*
git filter-branch | destructive | -f --env-filter! --tree-filter! --index-filter! --parent-filter! --msg-filter! --commit-filter! --tag-name-filter! --subdirectory-filter: --original: -d: | .*
git filter-repo,gc,prune,reflog,replace,update-ref,repack,rm | writes | --force --aggressive --prune?{destructive} --expire:{destructive} -r{destructive} -f -d --cached -q | .*
git reflog expire,delete | destructive | --expire: --all | .*
git rebase       | writes      | -i,--interactive -x,--exec! -r? -p -f -q -m -s: -X: --onto: --abort --continue --skip --autostash --root | .*
git grep         | reads       | -O?{interpreter} --open-files-in-pager?{interpreter} -e: -f< -n -i -l -A: -B: -C: -m: | .*
git diff,show,log,format-patch,whatchanged,shortlog | reads | -p -n: -S: -G: -L: -O< --output> --ext-diff{interpreter} --textconv --no-index --stat? --format: --pretty? --since: --until: --after: --before: --author: --grep: -U: -M? -C? --diff-filter: | .*
git difftool,mergetool | interpreter | -x,--extcmd! -t,--tool: -y -d -g | .*
git bisect run   | interpreter |  | !
svn,hg,bzr,fossil,cvs | writes network | -r: -m: -F< --config: --config-option: --diff-cmd! --editor-cmd! | .*
dropdb,dropuser,createuser,pg_dropcluster,pg_resetwal,initdb,pg_ctl,pg_ctlcluster,mysqladmin,mariadb-admin,mysql_secure_installation,mysql_install_db,mongorestore,pg_upgrade,pg_upgradecluster,pg_rewind,reindexdb,vacuumlo,influx,cqlsh,clickhouse-client,rabbitmqctl,kafka-delete-records.sh,elasticsearch-reset-password | destructive network | -h: -p: -U: -u: | .*
mysqladmin,mariadb-admin | network privileged | -h: -u: -p? -P: -S: -i: -c: -f | .*
mysqladmin,mariadb-admin status,ping,version,processlist,extended-status,variables | reads network | | .*
rabbitmqctl status,list_queues,list_exchanges,list_users,list_connections,list_channels,cluster_status,environment,list_vhosts,list_permissions | reads | -p: -q | .*
pg_dump,pg_dumpall,mysqldump,mariadb-dump,mongodump,mongoexport,redis-benchmark,pg_isready,pg_lsclusters,createdb,vacuumdb,pgbench,pg_basebackup,mysqlcheck,xtrabackup,mariabackup | network writes | -f,--file> -D> -r,--result-file> -o,--out> -h: -p? -P: -U: -u: -d: -t: -n: -F: -j: -S: --defaults-file< | .*
pg_restore       | network writes | -c,--clean{destructive} -C -1 -a -s -d,--dbname: -f,--file> -F: -h: -p: -U: -j: -L< -n: -t: --if-exists | <
lvremove,vgremove,pvremove,lvreduce,vgreduce,lvconvert,vgcfgrestore,thin_repair | destructive | -f,--force -y,--yes -L: -l: -t | .*
lvcreate,lvextend,lvresize,lvchange,lvrename,vgcreate,vgextend,vgchange,vgrename,vgexport,vgimport,pvcreate,pvresize,pvchange,pvmove,vgsplit,vgmerge | privileged | -L: -l: -n: -s -r -f -y | .*
lvs,vgs,pvs,lvdisplay,vgdisplay,pvdisplay,lvscan,vgscan,pvscan,lvmdiskscan,pvck | reads | -o: -O: -S: --units: --separator: --config: | .*
zfs,zpool        | reads       | -o: -O: -t: -s: -S: -r -H -p -d: | .*
zfs destroy,rollback,receive,recv,rename,promote | destructive | -r -R -f -n -d -v | .*
zfs create,snapshot,clone,set,inherit,mount,unmount,share,unshare,allow,unallow,hold,release,send,load-key,unload-key,change-key,upgrade,bookmark | privileged | -o: -r -p -V: -b: -s | .*
zpool destroy,labelclear,remove,detach,split,initialize | destructive | -f | .*
zpool create,add,attach,replace,online,offline,scrub,trim,export,import,set,clear,upgrade,reopen,reguid,resilver,checkpoint,sync | privileged | -f -o: -O: -m: -R: -d: -n -N -a | .*
btrfs            | reads       | | .*
btrfs subvolume,device,balance,filesystem,scrub,quota,qgroup,replace,rescue,check,restore,receive,send,property | privileged | -f | .*
mkfs,mke2fs,mkfs.ext2,mkfs.ext3,mkfs.ext4,mkfs.xfs,mkfs.btrfs,mkfs.vfat,mkfs.fat,mkfs.ntfs,mkfs.exfat,mkfs.f2fs,mkfs.minix,mkfs.cramfs,mkdosfs,mkntfs,mkswap,wipefs,blkdiscard,fdisk,sfdisk,cfdisk,gdisk,sgdisk,cgdisk,parted,partx,partprobe,kpartx,badblocks,ddrescue,dc3dd,dcfldd,nwipe,scrub,growpart,sg_format,nvme-format,vgimportclone,e2image,partclone.restore,fsarchiver | destructive | -f -F -t: -L: -U: -n: -a -o: -b: -m: -i: -E: -T: -l -s -O: | .*
`;
