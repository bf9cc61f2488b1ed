// Stands in for the compiled app: says that it runs, and asks nobody for anything.
document.getElementById("state").textContent = "This is the rehearsal's web app. It is up.";
