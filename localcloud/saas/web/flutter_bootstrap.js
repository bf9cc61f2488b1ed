// Loads the app by the name of its present build, as Flutter's own bootstrap does.
document.head.append(Object.assign(document.createElement("script"), { src: "{{APP}}", async: true }));
