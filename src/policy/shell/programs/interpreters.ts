/** Programs that run code: given in their words, in a file, or on standard input. */
export const interpreters = `
python,python2,python3,pypy,pypy3 | interpreter | -b -B -d -E -h -i -I -O -P -q -s -S -u -v -V,--version -x -c:{.} -m:{.} -W: -X: --check-hash-based-pycs: | < .*
perl             | interpreter | -a -c -h -l? -n -p -s -S -t -T -u -U -v,--version -w -W -X -0? -C? -D? -d? -e:{.} -E:{.} -F: -i?{>} -I: -m:{.} -M: -x? -V? | < <*
ruby,irb,jruby   | interpreter | -a -c -h -l -n -p -s -S -v -w -W? --version -0? -C: -e:{.} -E:{.} -F: -i?{>} -I: -r:{.} -x? | < <*
node,nodejs,deno,bun | interpreter | -c,--check -h,--help -i,--interactive -v,--version -e,--eval:{.} -p,--print? -r,--require: --import: --input-type: -C,--conditions: | < .*
bun run,x        | interpreter network |  | .*
deno run,task,eval,test | interpreter network |  | .*
php,php7.4,php8.1,php8.2,php8.3 | interpreter | -a -C -h -i -l -m -n -q -s -v,--version -w -c:{.} -d: -f< -r:{.} -B:{.} -R:{.} -F: -E:{.} -S: -t: -z: | < .*
lua,luajit,lua5.3,lua5.4 | interpreter | -i -v -E -W -e:{.} -l: | < .*
tclsh,wish,expect,jimsh | interpreter | -b: -c:{.} -d -f< -i -n -N -v | < .*
guile,racket,scheme,sbcl,clisp,gosh,csi | interpreter | -c:{.} -e:{.} -l: -s< --eval:{.} --load< --version -v | < .*
R,Rscript,julia,octave,ghci,runghc,scala,groovy,jshell,swift,elixir,iex,erl,escript,ocaml,raku | interpreter | -e:{.} -E:{.} --eval:{.} -f< --version -q --vanilla --slave --no-save | < .*
java             | interpreter | -jar: -cp: -classpath: -version --version -m: | . .*
dotnet,mono,wine,qemu-x86_64,qemu-aarch64 | interpreter | --version --info | . .*
gdb,lldb         | interpreter privileged | -q -n -batch -args -p: -pid: -ex: -iex: -x< -ix< -cd: -d: -eval-command: -command< --batch --args -c: -s: -e: --version | .*
awk,gawk,mawk,nawk,original-awk | interpreter | -F,--field-separator: -v,--assign: -f,--file<{.} -E,--exec<{.} -i,--include: -l,--load: -e,--source:{.} -o,--pretty-print? -d,--dump-variables? -p,--profile? -D,--debug? -b -c -C -g -h -I -k -L? -M -n -N -O -P -r -s -S -t -V,--version | . <*
sed              | writes      | -n,--quiet,--silent -E,-r,--regexp-extended -s,--separate -u,--unbuffered -z,--null-data -l,--line-length: --debug --posix --sandbox --follow-symlinks -e,--expression:{.} -f,--file<{.} -i?{>} --in-place?{>} --help --version | . <*
m4,cpp           | interpreter | -E -P -Q -s -G -g -i -D: -U: -I: -o> --version | <*
bc,dc            | reads       | -h -i -l -q -s -w -v -e: -f< | <*
jq,yq,gojq,xq    | reads       | -n,--null-input -r,--raw-output -j,--join-output -a,--ascii-output -s,--slurp -c,--compact-output -C,--color-output -M,--monochrome-output -S,--sort-keys -e,--exit-status -R,--raw-input --tab --stream --seq -f,--from-file<{.} -L: --indent: --arg: --argjson: --slurpfile: --rawfile: --args --jsonargs -i,--inplace{>} | . <*
ed,ex,red        | interpreter | -s -p: -c: -v -G -l | >
vi,vim,nvim,view,rvim,vimdiff,nano,pico,emacs,emacsclient,mcedit,joe,micro,helix,hx,mg | interpreter | -c: -S< -R -n -e -s -u< -i< -w> --cmd: --batch --eval: -Q --version -E | >*
less,more,most,pg | reads      | -? -h -b: -e -E -f -F -g -i -I -j: -J -k< -K -L -m -M -n -N -o> -O> -p: -P: -q -Q -r -R -s -S -t: -T: -u -U -V -w -W -x: -X -y: -z: | <*
man              | reads       | -a -k -f -w -W -C: -P,--pager! -H,--html? -K -L: -m: -M: -S: -r: -E: -T? -X? -Z -t --manpath: --preprocessor: --systems: --extension: --sections: | .*
make,gmake,ninja,cmake,just,task,rake,ant,gradle,gradlew,mvn,mvnw,scons,bazel,meson | interpreter | -B -d -e -i -k -n -p -q -r -R -s -S -t -v -w -f,--file,--makefile< -C,--directory: -I: -j,--jobs? -l? -o: -W: --eval: --version | .*
npm,yarn,pnpm    | interpreter | -v,--version --prefix: -C: -w,--workspace: | .*
npm install,i,ci,add,update,uninstall,remove,link,rebuild | interpreter writes network | -g,--global{privileged} -D -E -O -P -S --save-dev --omit: --registry: --prefix: | .*
npm publish,unpublish,deprecate,owner,access,token,login,logout | network destructive | -f,--force | .*
npm exec,x       | interpreter network | -y -p,--package: -c,--call! | !
npx,pnpx,bunx    | interpreter network | -y,--yes -q,--quiet -p,--package: -c,--call! --no-install --no --version% | !
uvx,pipx,poetry,uv,bundle,pipenv,conda,mamba,micromamba,rye,hatch,pdm | interpreter network | -q -v --version% | .*
poetry run       | interpreter |  | !
uv run           | interpreter |  | !
bundle exec      | interpreter |  | !
pipenv run       | interpreter |  | !
conda run        | interpreter | -n: -p: --no-capture-output | !
cargo,go,rustc,gcc,cc,g++,clang,tsc,rustup,composer,mix,rebar3,gem,cabal,stack | interpreter network | --version | .*
pip,pip3,pip2    | interpreter network | -q -v -V,--version --proxy: --python: --log> | .*
pip,pip3,pip2 install,uninstall,download,wheel | interpreter writes network | -r,--requirement< -c,--constraint< -e,--editable: -t,--target: -U,--upgrade -i,--index-url: --extra-index-url: -f,--find-links: --user --break-system-packages{privileged} -y | .*
psql             | interpreter network | -a -A -b -e -E -H -l -L> -n -o> -q -s -S -t -w -W -x -X -z -0 -1 -c,--command: -d,--dbname: -f,--file< -F: -h,--host: -p,--port: -P: -R: -T: -U,--username: -v: -V,--version | . .
mysql,mariadb    | interpreter network | -A -b -B -c -C -E -f -G -H -i -n -N -o -q -r -s -t -T -v -V,--version -w -X -e,--execute: -h,--host: -u,--user: -p? -P,--port: -D,--database: -S,--socket: --defaults-file< --defaults-extra-file< --tee> --init-command: --pager! | .
sqlite3          | interpreter | -batch -bail -csv -json -header -line -list -readonly -version -echo -init< -cmd: -separator: | > .*
mongo,mongosh    | interpreter network | --quiet --nodb --norc --eval: -f,--file< --host: --port: -u: -p: --authenticationDatabase: --version | . <*
redis-cli        | network     | -h: -p: -s: -a: -u: -n: -r: -i: -d: --user: --pass: --raw --no-raw --csv --stat --bigkeys --scan --pattern: --latency --rdb> --pipe --eval< --cluster: -x -X: --tls --version | .*
ansible,ansible-playbook,puppet,chef-client,salt,salt-call,fab,pulumi | interpreter network privileged | -i: -m: -a: -e: -u: -l: -b,--become -K -k -C,--check -D,--diff -v --version | .*
terraform,tofu,terragrunt | network | -chdir: -version | .*
terraform,tofu,terragrunt apply,destroy,import,taint,untaint,force-unlock,state | network destructive | -auto-approve -var: -var-file< | .*
bpftrace,stap,dtrace,systemtap | interpreter privileged | -e:{.} -c! -p: -o> --unsafe -v -l | < .*
`;
