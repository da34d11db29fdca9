/** Programs on files: what they read and what they change. */
export const files = `
cat,tac,nl,rev,fold,expand,unexpand,od,hexdump,hd,strings,sum,cksum,tsort,bat,batcat,xzcat,bzcat,lzcat,zstdcat | reads | -j: -A: -w? -N: -S: -t: -s: -e: -n: -b: | <*
md5sum,sha1sum,sha224sum,sha256sum,sha384sum,sha512sum,b2sum | reads | -c,--check | <*
head,tail        | reads       | -c,--bytes: -n,--lines: -q,--quiet,--silent -v,--verbose -z -f,--follow? -F -s,--sleep-interval: --pid: --retry --max-unchanged-stats: | <*
wc               | reads       | -c -m -l -L -w --total: --files0-from< | <*
cut,paste,comm,join,column,fmt,pr | reads | -b: -c: -d: -f: -t: -o: -s: -w: -N: -O: -a: -e: -i -j: -1: -2: -v: --output-delimiter: --complement | <*
grep,egrep,fgrep,rg,ag,ack,zgrep,zegrep,zfgrep,pcregrep,ugrep,git-grep | reads | -E -F -G -P -i -v -w -x -c -l -L -o -q -s -b -H -h -n -T -Z -a -I -r,--recursive -R,--dereference-recursive -z -e,--regexp:{.} -f,--file<{.} -A: -B: -C: -m,--max-count: -D: -d: -g,--glob: -t: -j: --include: --exclude: --exclude-dir: --exclude-from< --color? --label: --pre! --hostname-bin! --no-heading --hidden --no-ignore | . <*
sort             | reads       | -b -d -f -g -i -M -h -n -R -r -V -c -C -m -s -u -z -k,--key: -o,--output> -S,--buffer-size: -t,--field-separator: -T,--temporary-directory: --batch-size: --parallel: --compress-program! --random-source< --files0-from< --sort: --debug --check? | <*
uniq             | reads       | -c -d -D -i -u -z -f,--skip-fields: -s,--skip-chars: -w,--check-chars: --group? --all-repeated? | < >
shuf             | reads       | -e -r -z -i: -n: -o,--output> --random-source< | <*
tr               | reads       | -c -C -d -s -t | . .
diff,diff3,sdiff,colordiff | reads | -q -s -c -C: -u -U: -e -n -y -W: -r -N -a -b -B -d -i -w -E -Z -l -p -t -T -F: -I: -x: -X< -L,--label: -o> --from-file< --to-file< --diff-program! --color? --exclude: | <*
cmp              | reads       | -b -l -s -i: -n: | < < . .
file             | reads       | -b -i -k -L -h -N -n -p -r -s -v -z -Z -0 -c -C>  -d -E -l -m< -M< -f< -F: -e: -P: --mime --mime-type | .*
xxd              | reads       | -a -b -C -e -E -i -p -ps -u -c: -g: -l: -o: -s: -n: -R: -r{decodes} | < >
base64,base32,basenc,uudecode,uuencode | reads | -d,--decode{decodes} -D{decodes} -i -w,--wrap: -o> | <
gzip,gunzip,zcat,bzip2,bunzip2,xz,unxz,lzma,unlzma,zstd,unzstd,lz4,compress,uncompress | writes decodes | -c,--stdout,--to-stdout -d,--decompress -f -h -k,--keep -l -n -N -q -r -t -v -V -1 -9 -S: -T: -o> | >*
zip              | writes      | -r -q -u -m{destructive} -9 -j -y -x: -i: -b: -P: -T -TT! -t: | > <*
unzip,funzip     | writes      | -l -t -p -o -n -q -j -v -Z -d> -x: -P: | < .*
7z,7za,7zr,rar,unrar | writes  |  | . > <*
tar,gtar,bsdtar  | writes      | -A,--catenate -c,--create -d,--diff -r,--append -t,--list -u,--update -x,--extract,--get --delete -k -m -O,--to-stdout -p -P -S -U -v -w -W -a -j -J -z -Z -h -l -n -s -B -i -M -R -G --overwrite --remove-files{destructive} --recursive-unlink{destructive} -C,--directory: -f,--file< -b: -g,--listed-incremental> -H: -K: -L: -N: -T,--files-from< -V: -X,--exclude-from< -F,--info-script,--new-volume-script! -I,--use-compress-program! --checkpoint? --checkpoint-action! --to-command! --rsh-command! --rmt-command! --exclude: --transform: --xform: --strip-components: --owner: --group: --mode: --one-top-level? --index-file> --volno-file> --wildcards --zstd | + <*
cpio,pax,ar      | writes      | -i -o -p -t -d -m -u -v -0 -r -w -F> -O> -I< -E< -D: -H: -R: --rsh-command! -f: -s: -x: | + <*
cp               | writes      | -a -b -d -f -i -H -l -L -n -p -P -r,-R,--recursive -s -u -v -x -T -Z --backup? --preserve? --no-preserve: --parents --reflink? --sparse: -S: -t,--target-directory> | <* >
mv               | writes      | -b -f -i -n -u -v -T -Z --backup? -S: -t,--target-directory> | >* >
install          | writes      | -b -c -C -d,--directory -D -p -s -v -T -g,--group: -m,--mode: -o,--owner: -S: -t,--target-directory> --strip-program! | <* >
ln,link          | writes      | -b -f -i -L -n -P -r -s,--symbolic -v -T -S: -t,--target-directory> | <* >
rm               | writes      | -d,--dir -f,--force -i -I --interactive? -r,-R,--recursive{destructive} -v,--verbose --one-file-system --preserve-root? --no-preserve-root{destructive} | >*
rmdir            | writes      | -p,--parents --ignore-fail-on-non-empty -v | >*
unlink           | writes      |  | >
shred            | destructive | -f -u -v -x -z -n: -s: --random-source< --remove? | >*
srm,wipe,trash-empty,bleachbit | destructive | -r -f -v | >*
truncate         | destructive      | -c -o -s,--size: -r,--reference: | >*
fallocate        | writes      | -l: -o: -c -d -p -z -x -n -v | >
touch            | writes      | -a -c -f -h -m -d: -r: -t: --time: | >*
mkdir            | writes      | -p,--parents -v -m,--mode: -Z | >*
mkfifo,mknod     | writes      | -m,--mode: -Z | > .*
mktemp           | writes      | -d -q -u -p: --suffix: -t | .
tee              | writes      | -a,--append -i -p --output-error? | >*
sponge           | writes      | -a | >
split,csplit     | writes      | -a: -b: -C: -d -l: -n: -e -x -u -t: --filter! --additional-suffix: -f: -z -k -s | < >
chmod            | writes      | -c -f -v -R,--recursive --reference: --preserve-root --no-preserve-root{destructive} | . >*
chown,chgrp      | writes      | -c -f -v -h -H -L -P -R,--recursive --from: --reference: --preserve-root --no-preserve-root{destructive} | . >*
chattr,setfacl,chcon,restorecon,setfattr | privileged | -R -V -f -v: -p: -m: -M< -x: -X< -b -k -d -n -t: -u: -r: -l: --set: --restore< | . >*
dd               | writes      | if=< of=> bs=: count=: skip=: seek=: conv=: iflag=: oflag=: status=: ibs=: obs=: cbs=: | .*
patch            | writes      | -b -B: -c -C -d: -D: -e -E -f -F: -g: -i< -l -n -N -o> -p: -r: -R -s -t -T -u -v -z: -Z --dry-run | > <
rsync            | writes network | -a -v -q -c -r -R -b -u -l -L -k -K -H -p -E -A -X -o -g -D -t -O -S -n -W -x -h -P -z -i -y -C -F -0 --inplace --append --del{destructive} --delete{destructive} --delete-before{destructive} --delete-during{destructive} --delete-after{destructive} --delete-excluded{destructive} --delete-delay{destructive} --remove-source-files{destructive} --partial --progress --stats --compress --exclude: --include: -f: -e,--rsh! --rsync-path! -T: -B: -M: --exclude-from< --include-from< --files-from< --log-file> --password-file< --bwlimit: --port: --timeout: --backup-dir> --suffix: --chmod: --chown: --max-size: --link-dest: --compare-dest: --copy-dest: --info: --out-format: | <* >
ls,dir,vdir,stat,du,df,tree,namei,readlink,realpath,basename,dirname,pwd,lsattr,getfacl,ncdu,exa,eza,lsd,pathchk | reads | -I: -w: -T: -c: -f: -t: -d: -B: -P: -L: -x: -X< -o> -s: -e: -a: --files0-from< --format: --printf: --output? --time-style: --color? --exclude: --exclude-from< --max-depth: --block-size: --relative-to: --relative-base: | .*
locate,mlocate,plocate,which,whereis,type,command-not-found,apropos,whatis | reads | -d: -l: -n: -S: -B: -M: -f | .*
fdfind,fd        | reads       | -H -I -u -s -i -g -F -a -l -L -p -0 -e: -t: -d: -E: -x,--exec! -X,--exec-batch! -S: -j: -o: | .*
iconv            | reads       | -f: -t: -c -s -o> -l | <*
envsubst,numfmt,pv,ts,look,spell,aspell,diffstat,nm,objdump,readelf,size,addr2line,ldd | reads | -o> -f: -d: -n: -p: | <*
openssl          | reads       |  | .*
openssl enc      | decodes     | -in< -out> -d{decodes} -e -a -base64 -k: -kfile< -K: -iv: -pass: -pbkdf2 -salt -nosalt | .*
openssl x509,req,rsa,ec,ecparam,pkey,pkcs12,pkcs8,crl,verify,dgst,ca,genrsa,genpkey,smime,cms | reads | -in< -out> -key< -keyout> -signkey< -CA< -CAkey< -CAfile< -CApath< -config< -inkey< -passin: -passout: -days: -newkey: -subj: -noout -text -noenc -nodes -pubkey -dates -subject -issuer -fingerprint -engine: | .*
openssl s_client,s_time,ocsp | network | -connect: -servername: -CAfile< -CApath< -cert< -key< -showcerts -starttls: -tls1_2 -tls1_3 -brief | .*
gpg,gpg2,age,sops,ansible-vault,pass | privileged | -d,--decrypt{decodes} -e -s -a -o,--output> -r: -u: -k --import --export -c --batch --yes --passphrase: --passphrase-file< --homedir: --recv-keys --keyserver: | <*
`;
