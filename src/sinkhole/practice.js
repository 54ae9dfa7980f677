"use strict";
(function () {
  var LONGEST = 60000, HELD = 1500, WATCHED = 900;
  var stage = byId("stage"), close = byId("close"), intro = byId("intro"), end = byId("end");
  var touch = window.matchMedia("(pointer: coarse)").matches && !window.matchMedia("(any-pointer: fine)").matches;
  var title = document.title, mark = byId("stage-mark").textContent;
  var running = false, filled = false, pressed = 0, freed = 0, timer = 0, watch = 0, sound = null;

  function byId(id) { return document.getElementById(id); }

  function only(attribute, value) {
    document.querySelectorAll("[" + attribute + "]").forEach(function (part) {
      part.hidden = part.getAttribute(attribute) !== value;
    });
  }

  function start() {
    running = true; filled = false; pressed = 0; freed = 0;
    intro.hidden = true; end.hidden = true; stage.hidden = false; close.hidden = true;
    document.querySelector("header").hidden = true;
    only("data-when", touch ? "touch" : "hold");
    document.title = mark + " – " + title;
    timer = setTimeout(function () { finish("over"); }, LONGEST);
    if (byId("sound").checked) { beep(); }
    byId("stop").focus();
    fill();
  }

  // A browser that locks the Esc key lets go only when it is held, as with a real fake warning.
  function fill() {
    if (!stage.requestFullscreen) { return filledNot(); }
    stage.requestFullscreen({ keyboardLock: "browser" }).then(function () {
      filled = true;
      if (navigator.keyboard && navigator.keyboard.lock) {
        navigator.keyboard.lock(["Escape"]).catch(function () {});
      }
    }).catch(filledNot);
  }

  // Without the full screen the warning fills the window, and we look at the key ourselves.
  function filledNot() { filled = false; }

  document.addEventListener("fullscreenchange", function () {
    if (!running || document.fullscreenElement) { return; }
    if (touch) { return mayClose("touch-close"); }
    freed = Date.now();
    if (pressed) { return mayClose("close"); }
    // The key was not locked: a browser that still tells of it tells how long it is held.
    watch = setTimeout(function () { mayClose("close"); }, WATCHED);
  });

  document.addEventListener("keydown", function (event) {
    if (!running || event.key !== "Escape") { return; }
    if (!pressed) { pressed = freed || Date.now(); }
    clearTimeout(watch);
    var held = Date.now() - pressed >= HELD;
    if (held && (freed || !filled)) { mayClose("close"); }
    event.preventDefault();
  });

  document.addEventListener("keyup", function (event) {
    if (!running || event.key !== "Escape" || !close.hidden) { return; }
    pressed = 0;
    if (freed) { mayClose("close"); } else { only("data-when", "longer"); }
  });

  document.addEventListener("visibilitychange", function () {
    if (running && touch && !document.hidden) { mayClose("touch-close"); }
  });

  function mayClose(when) {
    clearTimeout(watch);
    only("data-when", when);
    close.hidden = false;
    close.focus();
    document.title = "× – " + mark + " – " + title;
  }

  function beep() {
    try {
      sound = new AudioContext();
      var tone = sound.createOscillator(), volume = sound.createGain();
      volume.gain.value = 0.05;
      tone.frequency.value = 880;
      tone.connect(volume);
      volume.connect(sound.destination);
      for (var at = 0; at < 60; at += 1) {
        volume.gain.setValueAtTime(at % 2 ? 0 : 0.05, sound.currentTime + at / 2);
      }
      tone.start();
      tone.stop(sound.currentTime + 30);
    } catch (error) { sound = null; }
  }

  function finish(how) {
    if (!running) { return; }
    running = false;
    clearTimeout(timer);
    clearTimeout(watch);
    if (sound) { sound.close(); sound = null; }
    var leaves = document.fullscreenElement ? document.exitFullscreen() : null;
    stage.hidden = true; end.hidden = false;
    document.querySelector("header").hidden = false;
    only("data-end", how);
    only("data-did", touch ? "apps" : "esc");
    var heading = document.querySelector("[data-end=" + how + "] h1");
    document.title = heading.textContent + " – " + title;
    heading.focus();
    // Leaving the full screen takes the focus away.
    if (leaves && leaves.then) { leaves.then(function () { heading.focus(); }, function () {}); }
  }

  byId("start").addEventListener("click", start);
  byId("again").addEventListener("click", start);
  byId("stop").addEventListener("click", function () { finish("left"); });
  close.addEventListener("click", function () { finish("done"); });
  byId("ready").hidden = false;
})();
