// Counts down the minutes of a time that is kept, quietly; the page says until when without it.
// Seconds come from the server: the clock of a phone may be wrong.
addEventListener("DOMContentLoaded", () => {
  const note = document.querySelector(".held");
  if (!note) return;
  const left = note.querySelector(".left"), said = note.querySelector(".said");
  const ends = performance.now() + Number(note.dataset.seconds) * 1000;
  const say = (sentence) => { if (said.textContent !== sentence) said.textContent = sentence; };
  const look = () => {
    const seconds = Math.ceil((ends - performance.now()) / 1000);
    left.textContent = seconds > 120 ? note.dataset.left.replace("{minutes}", Math.floor(seconds / 60)) : "";
    if (seconds <= 0) say(note.dataset.gone);
    else if (seconds <= 120 && note.dataset.last) say(note.dataset.last);
    if (seconds > 0) setTimeout(look, 1000);
  };
  look();
});
