/** Programs that run the command, or the shell text, which stands in their own words; and the shells. */
export const wrappers = `
env              |            | -i,--ignore-environment -0,--null -v,--debug -u,--unset: -C,--chdir: -S,--split-string! -a,--argv0: --block-signal? --default-signal? --ignore-signal? --list-signal-handling | =* !
sudo             |            | -A,--askpass -b,--background -B,--bell -E -e,--edit% -H,--set-home -i,--login -K,--remove-timestamp% -k,--reset-timestamp -l,--list% -N,--no-update -n,--non-interactive -P,--preserve-groups -S,--stdin -s,--shell -V,--version% -v,--validate% --help% -C,--close-from: -D,--chdir: -g,--group: -h,--host: -p,--prompt: -R,--chroot: -r,--role: -T,--command-timeout: -t,--type: -U,--other-user: -u,--user: --preserve-env? | =* !
doas             |            | -L% -n,--non-interactive -s,--shell -a: -C: -u,--user: | !
pkexec           | privileged | --version% --help% --disable-internal-agent --keep-cwd --user: | !
run0             | privileged | --version% --help% -u,--user: -g,--group: -D,--chdir: --unit: --property: --description: --slice: --nice: --setenv: --background: | !
su               |            | -l,--login -m,-p,--preserve-environment -P,--pty -f,--fast -c,--command! --session-command! -g,--group: -G,--supp-group: -s,--shell! -w,--whitelist-environment: | . .*
runuser          | privileged | -l,--login -m,-p,--preserve-environment -P,--pty -f,--fast -c,--command! --session-command! -u,--user: -g,--group: -G,--supp-group: -s,--shell! -w,--whitelist-environment: | !
login            | privileged | -p -H -f: -h: | .
sg,newgrp        | privileged | -c! | . $
nice             |            | -n,--adjustment: --version% --help% | !
ionice           |            | -c,--class: -n,--classdata: -t,--ignore -p,--pid% -P,--pgid% -u,--uid% --help% --version% | !
nohup,setlogcons |            | --help% --version% | !
setsid           |            | -c,--ctty -f,--fork -w,--wait --help% --version% | !
stdbuf           |            | -i,--input: -o,--output: -e,--error: --help% --version% | !
timeout          |            | -k,--kill-after: -s,--signal: -f,--foreground -p,--preserve-status -v,--verbose --help% --version% | . !
time             |            | -p,--portability -v,--verbose -a,--append -q,--quiet -f,--format: -o,--output> -V,--version% --help% | !
chrt             |            | -a,--all-tasks -b,--batch -d,--deadline -f,--fifo -i,--idle -m,--max% -o,--other -p,--pid% -R,--reset-on-fork -r,--rr -v,--verbose -T,--sched-runtime: -P,--sched-period: -D,--sched-deadline: | . !
taskset          |            | -a,--all-tasks -c,--cpu-list -p,--pid% | . !
numactl          |            | -H,--hardware% -s,--show% -i,--interleave: -w,--weighted-interleave: -N,--cpunodebind: -C,--physcpubind: -m,--membind: -p,--preferred: -l,--localalloc -b,--balancing | !
choom            |            | -n,--adjust: -p,--pid% | !
prlimit          |            | -p,--pid% -n,--nofile? -c,--core? -f,--fsize? -u,--nproc? -v,--as? -t,--cpu? --noheadings --raw --verbose -o,--output: | !
uclampset        |            | -m: -M: -a -s% -p% -v -R | !
setarch,linux32,linux64,i386,x86_64,uname26 | | -R,--addr-no-randomize -v,--verbose -B,--32bit -3,--3gb -L -X -Z -S -T -F -I --list% | !
setpriv          | privileged | --dump% --clear-groups --keep-groups --init-groups --no-new-privs --reset-env --nnp -d% --reuid: --regid: --ruid: --euid: --rgid: --egid: --groups: --inh-caps: --ambient-caps: --bounding-set: --securebits: --pdeathsig: --selinux-label: --apparmor-profile: | !
capsh            | privileged | --print% | .*
chroot           | privileged | --groups: --userspec: --skip-chdir --help% --version% | . !
nsenter          | privileged | -a,--all -m,--mount? -u,--uts? -i,--ipc? -n,--net? -p,--pid? -C,--cgroup? -U,--user? -T,--time? -r,--root? -w,--wd? -W,--wdns: -F,--no-fork -e,--env -Z,--follow-context --preserve-credentials -t,--target: -S,--setuid: -G,--setgid: | !
unshare          | privileged | -m,--mount? -u,--uts? -i,--ipc? -n,--net? -p,--pid? -C,--cgroup? -U,--user? -T,--time? -f,--fork -r,--map-root-user -c,--map-current-user --map-auto --keep-caps --mount-proc? --kill-child? --map-user: --map-group: --map-users: --map-groups: --propagation: --setgroups: -R,--root: -w,--wd: -S,--setuid: -G,--setgid: | !
systemd-run      | privileged | -t,--pty -P,--pipe -S,--shell -G,--collect -d,--same-dir -q,--quiet -r,--remain-after-exit --scope --user --system --wait --no-block --no-ask-password --send-sighup --on-active: --on-boot: --on-calendar: --on-startup: --on-unit-active: --timer-property: --path-property: --socket-property: -u,--unit: -p,--property: --description: --slice: --uid: --gid: --nice: --working-directory: -E,--setenv: -H,--host: -M,--machine: --service-type: | !
systemd-inhibit  |            | --list% --what: --who: --why: --mode: --no-pager | !
systemd-cat      |            | -t,--identifier: -p,--priority: --stderr-priority: --level-prefix: | !
firejail,bwrap,proot,fakeroot,fakechroot,eatmydata,torsocks,proxychains,proxychains4,catchsegv,chronic,ifne,unbuffer,dbus-run-session,run-one,run-this-one,cgexec,softlimit,chpst,setuidgid,envdir,envuidgid,tini,dumb-init,gosu,su-exec,runcon,sem,hyperfine,entr,tsp,with-contenv,s6-setuidgid,xvfb-run,aa-exec,ssh-agent,faketime,nohup.exe,valgrind,ltrace,rr,torify,stress-wrapper,doppler,direnv | | --help% --version% | !
strace           |            | -f,--follow-forks -ff -c,--summary-only -C,--summary -d -D -h% -i -k -q -qq -r -t -tt -ttt -T -v -V% -w -x -xx -y -yy -z -Z -a: -e,--trace: -E: -I: -o,--output> -O: -p,--attach: -P: -s,--string-limit: -S: -u: -X: | !
perf             |            | --version% | .*
perf stat,record,trace |      | -a -v -d -B -r: -e: -p: -t: -C: -o> -x: -F: -g -c: | !
flock            |            | -s,--shared -x,-e,--exclusive -n,--nb,--nonblock -u,--unlock -o,--close -F,--no-fork --verbose -w,--timeout: -E,--conflict-exit-code: | . !
watch            |            | -b,--beep -c,--color -C,--no-color -d,--differences? -e,--errexit -g,--chgexit -n,--interval: -p,--precise -q,--equexit: -r,--no-rerun -s,--shotsdir: -t,--no-title -w,--no-wrap -x,--exec -h,--help% -v,--version% | $*
script           |            | -a,--append -e,--return -f,--flush -q,--quiet -T,--log-timing> -t,--timing? -c,--command! -I,--log-in> -O,--log-out> -B,--log-io> -E,--echo: -m,--logging-format: -o,--output-limit: | >
xargs            |            | -0,--null -o,--open-tty -p,--interactive -r,--no-run-if-empty -t,--verbose -x,--exit --show-limits -a,--arg-file< -d,--delimiter: -E: -e,--eof? -I: -i,--replace? -L: -l,--max-lines? -n,--max-args: -P,--max-procs: -s,--max-chars: --process-slot-var: --help% --version% | !
parallel         |            | -0,--null -k,--keep-order -q,--quote -t,--verbose -u,--ungroup --bar --dry-run --eta --halt: --progress --pipe -X -m -j,--jobs,-P: -a,--arg-file< -I: -n,--max-args: -N: -L: -s: -S,--sshlogin: --tag --timeout: --delay: --joblog> --results> --retries: --colsep,-C: --tmpdir: --workdir,--wd: --version% --help% | $*
find             |            | -H -L -P -D: -O: -delete{destructive} -fprint> -fprint0> -fls> -files0-from< | .*
busybox,toybox   |            | --list% --help% --install{privileged} | !
ssh              | network    | -4 -6 -A -a -C -f -G -g -K -k -M -N -n -q -s -T -t -V% -v -X -x -Y -y -B: -b: -c: -D: -E> -e: -F< -I: -i< -J: -L: -l: -m: -O: -o,--setting! -P: -p: -Q% -R: -S: -W: -w: | . $*
mosh             | network    | -4 -6 -a -n -p,--port: --ssh! --server! --client! --predict: | . !
sshpass          | network    | -e -f< -d: -p: -P: -v | !
ssh-copy-id      | network privileged | -f -n -s -i< -p: -o: -x | .
autossh          | network    | -M: -f -V% -1 -2 -4 -6 -A -a -C -g -k -N -n -q -s -T -t -v -X -x -Y -b: -c: -D: -e: -F< -i< -L: -l: -m: -o,--setting! -p: -R: -S: | . $*
start-stop-daemon | privileged | -S,--start -K,--stop -T,--status -t,--test -b,--background -C,--no-close -m,--make-pidfile -o,--oknodo -q,--quiet -v,--verbose -V,--version% -x,--exec! -a,--startas! -p,--pidfile: -n,--name: -u,--user: -g,--group: -s,--signal: -R,--retry: -c,--chuid: -r,--chroot: -d,--chdir: -N,--nicelevel: -P,--procsched: -I,--iosched: -k,--umask: -O,--output> | --!
daemonize        |            | -a -v -c: -e> -E: -l: -o> -p: -u: | !
run-parts        | interpreter | --test --list --verbose --report --reverse --exit-on-error --new-session --regex: --arg: -a: -u,--umask: | <
screen           |            | -d -D -m -r -R -x -X -q -L -S: -t: -h: -s! -c< -p: -e: -T: -ls% -list% -wipe% -v% | !
tmux             |            | -2 -8 -C -D -l -N -u -v -V% -c! -f< -L: -S: -T: | .
tmux new-session,new,new-window,neww,split-window,splitw,respawn-pane,respawnp,respawn-window,run-shell,run,popup,display-popup | | -A -b -d -D -E -P -X -h -v -f -I -k -Z -B -C -c: -e: -F: -n: -s: -t: -x: -y: -l: | $*
tmux send-keys,send |         | -F -H -K -l -M -R -X -c: -N: -t: | $*
dtach,abduco     |            | -A: -c: -n: -N: -e: -r: -E -z | !
logsave          |            | -a -s -v | > !
cpulimit         |            | -l,--limit: -p,--pid% -z,--lazy -e,--exe: | !
ld.so,ld-linux.so.2,ld-linux-x86-64.so.2,ld-linux-aarch64.so.1,ld-musl-x86_64.so.1 | | --list% --verify% --version% --library-path: --preload: --argv0: --inhibit-cache --audit: | !
command          |            | -p -v% -V% | !
builtin          |            |  | !
exec             |            | -a: -c -l | !
eval             |            |  | $*
trap             |            | -l% -p% | $ .*
at               | privileged | -l,--list% -d% -r% -c% -m -M -v -V% -q: -f< -t: | .*
batch            | privileged |  | .*
fc               | interpreter | -l% -n -r -s -e! | .*
mapfile,readarray |           | -t -d: -n: -O: -s: -u: -C! -c: | .
compgen          |            | -a -b -c -d -e -f -g -j -k -s -u -v -A: -C! -F: -G: -o: -P: -S: -W! -X: -V: | .
complete         |            | -a -b -c -d -e -f -g -j -k -s -u -v -p -r -D -E -I -A: -C! -F: -G: -o: -P: -S: -W! -X: | .*
bind             |            | -l -p -P -s -S -v -V -X -m: -f< -q: -u: -r: -x! | .*
jobs             |            | -l -n -p -r -s | .*
sh,bash,dash,ash,ksh,ksh93,mksh,rbash,zsh,posh,yash,fish,csh,tcsh,pwsh,xonsh,nu,elvish | shell | -c -a -b -e -f -h -i -k -l -m -n -p -r -s -t -u -v -x -B -C -E -H -P -T -o: -O: --login --norc --noprofile --posix --restricted --verbose --rcfile< --init-file< --version --help | < .*
`;
