/* Fills in where the phone is. Without this file the form does the same by hand. */
(function () {
  "use strict";
  var box = document.getElementById("locate");
  if (!box || !navigator.geolocation) return;
  var button = box.querySelector("button"), told = box.querySelector(".told");
  var district = document.getElementById("district");
  box.hidden = false;

  button.addEventListener("click", function () {
    told.textContent = box.dataset.asking;
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(found, refused, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  });

  function found(position) {
    /* Four digits are 11 m: near enough to walk there, and no more of the person than that. */
    document.getElementById("lon").value = position.coords.longitude.toFixed(4);
    document.getElementById("lat").value = position.coords.latitude.toFixed(4);
    document.getElementById("datum").value = "wgs84";
    district.value = "";
    button.form.submit();
  }

  function refused() {
    button.disabled = false;
    told.textContent = box.dataset.refused;
    district.focus();
  }
})();
