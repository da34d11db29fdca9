/**
 * The one script there is: it puts the part of the page that changed in place of the old one, which the gateway has made
 * and escaped like the page itself, and leaves the focus where it was.
 */
export const liveScript = `'use strict';
const live = document.getElementById('live');
const events = new EventSource('/console/events');
events.addEventListener('live', ({ data }) => {
  const { id } = document.activeElement ?? {};
  live.innerHTML = JSON.parse(data);
  if (id) document.getElementById(id)?.focus();
});
events.addEventListener('over', () => {
  events.close();
  location.reload();
});
`;
