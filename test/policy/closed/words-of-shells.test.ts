import { describe, expect, it } from 'vitest';
import { notCommonSyntax } from '../../../src/policy/closed/common-syntax.ts';
import { closedVariableRemarks, isClosedVariable } from '../../../src/policy/closed/variables.ts';

describe('what only bash reads as bash does', () => {
  it.each([
    '[[ a ]]',
    '((a))',
    'echo $((1))',
    "echo $'a'",
    'echo $"a"',
    'cat <<< a',
    'ls &> f',
    'ls |& cat',
    'cat <(ls)',
    'ls >(cat)',
    'echo {a,b}',
    'echo {1..3}',
    'echo {,}',
    'function f { ls; }',
    'select x in a; do ls; done',
    'coproc ls',
    'echo ${x/a/b}',
    'echo ${x:1}',
    'echo ${x^}',
    'echo ${x,}',
    'echo ${x@P}',
    'x=(a)',
    'x+=(a)',
    'echo $[1]',
  ])('is told: %s', (text) => expect(notCommonSyntax.test(text)).toBe(true));
  it.each([
    'ls',
    '[ a = b ]',
    'echo ${x}',
    'echo ${x#a}',
    'echo "$x"',
    'ls > f 2>&1',
    'ls | cat',
    'cat << E',
    'echo {}',
    'echo {a}',
    'echo {a.b}',
    '(ls)',
    '$(ls)',
    'functional',
    'preselect',
    'x=a',
    'x= (ls)',
    'echo a[1]',
    '{ ls; }',
    '},{',
  ])('and what all shells read alike is not: %s', (text) => expect(notCommonSyntax.test(text)).toBe(false));
});

describe('a variable that decides what programs do', () => {
  const names =
    '_ DIRSTACK COPROC MAPFILE PIPESTATUS FUNCNAME GROUPS EPOCH EPOCHSECONDS PATH IFS ENV SHELL HOME PWD OLDPWD CDPATH TMPDIR PS0 PS4 ' +
    'PROMPT_COMMAND SHELLOPTS BASHOPTS GLOBIGNORE FIGNORE EXECIGNORE PAGER MANPAGER MANOPT LESS LESSOPEN EDITOR VISUAL BROWSER CLASSPATH ' +
    'GCONV_PATH LOCPATH NLSPATH HOSTALIASES RES_OPTIONS LOCALDOMAIN TERMCAP KUBECONFIG WGETRC TAR_OPTIONS GREP_OPTIONS APT_CONFIG AWKPATH ' +
    'AWKLIBPATH INPUTRC FCEDIT histchars OPTIND OPTARG RANDOM POSIXLY_CORRECT MAKEFLAGS ZDOTDIR HTTP_PROXY HTTPS_PROXY LD_PRELOAD ' +
    'BASH_ENV GIT_PAGER SYSTEMD_EDITOR GIT_DIR PYTHONPATH PERL5LIB RUBYOPT NODE_OPTIONS JAVA_HOME _JAVA_OPTIONS JDK_JAVA_OPTIONS TERMINFO ' +
    'TERMINFO_DIRS MAIL MAILPATH SSH_ASKPASS DOCKER_HOST SUDO_ASKPASS OPENSSL_CONF CURL_HOME RSYNC_RSH SYSTEMD_PAGER DBUS_SESSION_BUS_ADDRESS ' +
    'XDG_CONFIG_HOME HISTFILE npm_config_x NPM_TOKEN AWS_PROFILE http_proxy https_proxy ftp_proxy all_proxy no_proxy LVM_SYSTEM_DIR ' +
    'KUBECTL_EXTERNAL_DIFF RIPGREP_CONFIG_PATH JQ_COLORS ZFS_X FINDCMD OPTERR FUNCNEST BLOCKSIZE SECONDS LINENO UID EUID _SP_X _sp_t';
  it.each(names.split(' '))('is set by no closed profile: %s', (name) => {
    expect(isClosedVariable(name)).toBe(true);
    expect(closedVariableRemarks(name)).toEqual([
      { severity: 'deny', code: 'dangerous_variable', text: `${name} decides what programs do` },
    ]);
  });
  it.each([
    'SYSTEMD_COLORS',
    'x',
    'PATHS',
    'MYPATH',
    'PS5',
    'LANG',
    'TZ',
    'path',
    'LD',
    'X_LD_PRELOAD',
    'my_proxy',
    'home',
  ])('is no other one: %s', (name) => {
    expect(isClosedVariable(name)).toBe(false);
    expect(closedVariableRemarks(name)).toEqual([]);
  });
});
