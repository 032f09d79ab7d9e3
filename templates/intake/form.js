"use strict";
// Everything works without this file. With it the keyboard begins where something is to be read, a button is pressed
// once, and a page that shows the form in a frame learns how tall it is.
(function () {
  var framed = window.parent !== window;
  if (framed) document.documentElement.classList.add("framed");

  document.addEventListener("DOMContentLoaded", function () {
    var summary = document.getElementById("summary");
    if (summary) {
      summary.focus();
      summary.addEventListener("click", function (event) {
        var place = event.target.hash && document.querySelector(event.target.hash);
        if (!place) return;
        event.preventDefault();
        place = place.querySelector("input") || place;
        place.focus();
        if (place.select) place.select();
      });
    }

    var form = document.querySelector("form");
    if (form) {
      form.addEventListener("submit", function () {
        var button = form.querySelector("button");
        button.disabled = true;
        button.textContent = "Sending ...";
      });
      // Going back shows the page as it was left: with the button off.
      window.addEventListener("pageshow", function (event) {
        if (event.persisted) window.location.reload();
      });
    }
    if (framed && window.ResizeObserver) {
      new ResizeObserver(function () {
        window.parent.postMessage({ "ops-intake-height": document.documentElement.scrollHeight }, "*");
      }).observe(document.body);
    }
  });
})();
