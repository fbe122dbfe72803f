// A drawing beside a list of radio buttons: pressing a part presses the radio, and the part shows
// what the radio shows. The list is the control; without this script the drawing is a picture.
addEventListener("DOMContentLoaded", () => {
  for (const drawing of document.querySelectorAll("svg[data-presses]")) {
    const name = drawing.dataset.presses;
    const radio = (part) => document.querySelector(`input[name="${name}"][value="${part.dataset.value}"]`);
    const parts = [...drawing.querySelectorAll("[data-value]")].filter(radio);
    const show = () => {
      for (const part of parts) {
        part.classList.toggle("checked", radio(part).checked);
        part.classList.toggle("focused", radio(part) === document.activeElement);
      }
    };
    for (const part of parts) {
      part.addEventListener("click", () => { radio(part).focus({ preventScroll: true }); radio(part).click(); });
    }
    for (const change of ["change", "focusin", "focusout", "pageshow"]) addEventListener(change, show);
    drawing.classList.add("live");
    show();
  }
});
