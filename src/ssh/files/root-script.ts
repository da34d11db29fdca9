/**
 * What we do to files as root, in one fixed script: `sh -c SCRIPT sh OPERATION PATH ARGUMENT…`, with the data of a file on
 * standard input and output. Its first line of output is `sallyport` and one word on how it went.
 *
 * Root must not be led elsewhere by somebody who owns a directory on the path. What is read is opened first, and then
 * looked at where the open file really is; a directory is entered, and then looked at where we are. What is written lies
 * where nobody but root, and the account that may become root anyway, can put another file or link in its place.
 */
export const rootScript = [
  'umask 077; PATH=/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL;',
  'op=$1 path=$2; shift 2; dir=${path%/*} name=${path##*/}; [ -n "$dir" ] || dir=/;',
  'say() { printf "sallyport %s\\n" "$*"; exit 0; };',
  // A command substitution takes newlines off the end of a path: one more character keeps them.
  'at() { p=$(readlink "$1"; echo x); p=${p%?x}; [ "$p" = "$2" ]; };',
  'ours() { [ "$1" = 0 ] || [ "$1" = "${SUDO_UID:-0}" ]; };',
  'trusted() { d=$dir; while :; do set -- $(stat -c "%u %f" -- "$d"); ours "$1" || return 1; m=$((0x$2));',
  '[ $((m & 0170000)) -eq 16384 ] || return 1;',
  '[ $((m & 022)) -eq 0 ] || [ $((m & 01000)) -ne 0 ] || return 1;',
  '[ "$d" != / ] || return 0; d=${d%/*}; [ -n "$d" ] || d=/; done; };',
  'enter() { cd -P -- "$1" 2>/dev/null || say absent; at "/proc/$$/cwd" "$1" || say elsewhere; };',
  'hash() { h=$(sha256sum <"$1") || say failed; h=${h%% *}; };',
  'known() { if [ -L "./$name" ]; then say elsewhere; fi; if [ -d "./$name" ]; then say directory; fi;',
  'old=; if [ -e "./$name" ]; then [ -f "./$name" ] || say special; old=$(stat -c "%u %g %f %h" -- "./$name"); fi; };',
  'held() { now=absent; if [ -e "./$name" ]; then hash "./$name"; now=$h; fi;',
  '[ "$1" = any ] || [ "$1" = "$now" ] || say conflict; };',
  'taken() { find . ! -name . -prune -type f -name ".sallyport-tmp-????????????" -user 0 -mmin +10 -exec rm -f -- {} + 2>/dev/null;',
  't=$(mktemp "./.sallyport-tmp-XXXXXXXXXXXX") || say full; trap "rm -f -- $t" EXIT HUP INT TERM PIPE;',
  'cat >"$t" || say full; hash "$t"; [ "$h" = "$1" ] || say cut; };',
  'ready() { trusted || say unsafe; enter "$dir"; known; set -- $old; [ -z "$1" ] || ours "$1" || [ $((0x$(stat -c %f .) & 01000)) -eq 0 ] || say unsafe;',
  '[ -z "$3" ] || [ $((0x$3 & 0222)) -ne 0 ] || say readonly; };',
  'case $op in',
  'resolve) p=$(readlink -f -- "$path"; echo x); p=${p%x}; p=${p%?};',
  'if [ -z "$p" ]; then [ ! -L "$path" ] || say elsewhere; case $path in */*) ;; *) dir=.;; esac;',
  'p=$(readlink -f -- "$dir"; echo x); p=${p%x}; p=${p%?}; [ -d "$p" ] || say absent; p=${p%/}/$name; fi;',
  'printf "sallyport ok\\n%s" "$p";;',
  'read) [ -e "$path" ] || say absent; if [ -d "$path" ]; then say directory; fi; [ -f "$path" ] || say special;',
  'exec 3<"$path"; at "/proc/$$/fd/3" "$path" || say elsewhere; set -- "$1" "$2" $(stat -L -c "%f %s %u %g %h" "/proc/$$/fd/3");',
  '[ $((0x$3 & 0170000)) -eq 32768 ] || say special; [ "$7" = 1 ] || trusted || say unsafe;',
  'printf "sallyport ok %s %s %s %s\\n" "$3" "$4" "$5" "$6"; if [ "$2" -gt 0 ]; then tail -c "+$(($1 + 1))" <&3 | head -c "$2"; fi;;',
  'list) enter "$path"; echo sallyport ok;',
  'find . ! -name . -prune -exec stat -c "%f %s %Y %h %U %G %n/" -- {} + | head -c "$1";;',
  'write) ready; taken "$1"; set -- "$@" $old;',
  'if [ -n "$old" ]; then cp --attributes-only --preserve=mode,ownership,xattr -- "./$name" "$t" 2>/dev/null;',
  'chown "$5:$6" -- "$t" && chmod "$(printf %o $((0x$7 & 07777)))" -- "$t" || say failed;',
  'chcon --reference="./$name" -- "$t" 2>/dev/null; else chmod 644 -- "$t"; fi;',
  '[ "$3" = - ] || chown "$3" -- "$t" || say failed; [ "$4" = - ] || chmod "$4" -- "$t" || say failed;',
  'sync -- "$t" 2>/dev/null || sync; held "$2";',
  'if [ -z "$old" ]; then ln -- "$t" "./$name" 2>/dev/null || say conflict; how=created;',
  'elif [ "$8" -gt 1 ]; then cat "$t" >"./$name" || say half; how=hard_links;',
  'else mv -f -- "$t" "./$name" || say failed; how=replaced; fi;',
  'sync -- "./$name" . 2>/dev/null || sync; say ok "$how";;',
  'append) ready; taken "$1"; cat "$t" >>"./$name" || say half; [ -n "$old" ] || chmod 644 -- "./$name";',
  'sync -- "./$name" . 2>/dev/null || sync; say ok;;',
  'remove) ready; [ -n "$old" ] || say absent; held "$1"; rm -f -- "./$name" || say failed; sync . 2>/dev/null || sync; say ok;;',
  'esac',
].join(' ');
