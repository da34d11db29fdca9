/** The style sheet of the pages. Colours have a contrast of 4.5:1 or more, in light and in dark. */
export const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #eef0f3; --line: #6b7480; --link: #0b57d0;
  --bad: #a3131a; --good: #14612d; --note: #7a4d00; --mark: #ffe08a; --mark-ink: #1b1f24; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --paper: #15181c; --soft: #23282f; --line: #939daa;
  --link: #8ab4f8; --bad: #ff9c94; --good: #7fd69a; --note: #f3c16b; --mark: #5c4500; --mark-ink: #ffefc2; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 0 1rem 3rem; max-width: 60rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
a { color: var(--link); }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding: .75rem 0;
  border-bottom: 1px solid var(--line); }
header .who { margin-left: auto; display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1rem; margin: 0; }
main:focus { outline: none; }
.skip { position: absolute; left: -100rem; } .skip:focus { position: static; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.card { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 0 0 1rem; }
.list { list-style: none; padding: 0; } li, dd, p { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; } dt { font-weight: 600; } dd { margin: 0; }
figure { margin: .75rem 0; border-left: 4px solid var(--line); padding-left: .75rem; } figcaption { font-size: .875rem; }
pre, code { font-family: ui-monospace, monospace; font-size: .9rem; } pre { margin: .25rem 0; overflow-x: auto;
  background: var(--soft); padding: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.word { background: var(--soft); border: 1px solid var(--line); border-radius: .25rem; padding: 0 .3rem; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.programs li { margin: .3rem 0; } .hash { overflow-wrap: anywhere; }
.state, .label { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .6rem; font-size: .875rem; }
.state { font-weight: 600; } .state.pending { color: var(--note); } .state.declined, .state.withdrawn, .state.expired { color: var(--bad); }
.rows li { padding: .3rem 0; border-bottom: 1px solid var(--line); } .call { display: flex; flex-wrap: wrap; gap: 1rem;
  justify-content: space-between; } .call > div { flex: 1 1 16rem; min-width: 0; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.state.connected, .state.success { color: var(--good); } .state.failing, .state.failed, .state.denied, .state.blocked, .state.unknown { color: var(--bad); }
.state.approved, .state.consumed { color: var(--good); }
.line { display: block; }
ins, del { text-decoration: none; } ins { color: var(--good); } del { color: var(--bad); }
mark { background: var(--mark); color: var(--mark-ink); } mark.hidden { border: 1px dashed currentColor; font-size: .8rem; padding: 0 .2rem; }
mark small { font-size: .75rem; }
[role=alert] { border: 2px solid var(--bad); color: var(--bad); border-radius: .5rem; padding: .5rem 1rem; font-weight: 600; }
label { display: block; font-weight: 600; } input, textarea { width: 100%; font: inherit; padding: .6rem; color: inherit;
  background: var(--paper); border: 1px solid var(--line); border-radius: .25rem; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.25rem; border: 2px solid currentColor;
  border-radius: .5rem; color: var(--link); background: var(--paper); cursor: pointer; }
.answers { display: flex; flex-wrap: wrap; gap: 1rem; margin-top: 1rem; } .answers button { flex: 1 1 8rem; }
.approve { color: var(--good); } .decline { color: var(--bad); }
@media (max-width: 32rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
`;
