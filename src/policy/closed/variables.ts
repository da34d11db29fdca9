import { denied, fine, type Remarks } from './finding.ts';

/** Variables that decide what programs do, where they look, or what they load. No closed profile sets them. */
const closed = new RegExp(
  `^(?:${[
    '_|DIRSTACK|COPROC|MAPFILE|PIPESTATUS|FUNCNAME|GROUPS|EPOCH.*|PATH|IFS|ENV|SHELL|HOME|PWD|OLDPWD|CDPATH|TMPDIR|PS[0-4]|PROMPT_COMMAND|SHELLOPTS|BASHOPTS|GLOBIGNORE|FIGNORE|EXECIGNORE|PAGER|MANPAGER|MANOPT',
    'LESS.*|EDITOR|VISUAL|BROWSER|CLASSPATH|GCONV_PATH|LOCPATH|NLSPATH|HOSTALIASES|RES_OPTIONS|LOCALDOMAIN|TERMCAP|KUBECONFIG|WGETRC|TAR_OPTIONS',
    'GREP_OPTIONS|APT_CONFIG|AWKPATH|AWKLIBPATH|INPUTRC|FCEDIT|histchars|OPTIND|OPTARG|RANDOM|POSIXLY_CORRECT|MAKEFLAGS|ZDOTDIR|HTTP_PROXY|HTTPS_PROXY',
    'LD_.*|BASH_.*|.*_PAGER|.*_EDITOR|GIT_.*|PYTHON.*|PERL.*|RUBY.*|NODE_.*|JAVA_.*|_JAVA.*|JDK_.*|TERMINFO.*|MAIL.*|SSH_.*|DOCKER_.*|SUDO_.*|OPENSSL_.*',
    'CURL_.*|RSYNC_.*|SYSTEMD_.*|DBUS_.*|XDG_.*|HIST.*|npm_.*|NPM_.*|AWS_.*|(?:http|https|ftp|all|no)_proxy|LVM_.*|KUBECTL_.*|RIPGREP_.*|JQ_.*|ZFS_.*|FINDCMD|OPTERR|FUNCNEST|BLOCKSIZE|SECONDS|LINENO|UID|EUID|_SP_.*|_sp_.*',
  ].join('|')})$`,
);

export function isClosedVariable(name: string): boolean {
  return closed.test(name) && name !== 'SYSTEMD_COLORS';
}

/** What there is to say of setting a variable, or of unsetting it. */
export function closedVariableRemarks(name: string): Remarks {
  return isClosedVariable(name) ? denied('dangerous_variable', `${name} decides what programs do`) : fine;
}
