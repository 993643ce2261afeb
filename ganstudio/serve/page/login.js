// The form that asks for a token: the server keeps it in a cookie, this script nowhere.

const problem = document.getElementById("problem");
const field = document.getElementById("token");

document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  try {
    const answer = await fetch("/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token: field.value.trim() }),
    });
    if (answer.ok) {
      localStorage.setItem("ganstudio.logged-in", "yes"); // the page shows that one can log out
      location.reload();
      return;
    }
    problem.textContent = (await answer.json()).detail;
  } catch {
    problem.textContent = "The server does not answer. Is it running? Try again.";
  }
  field.select();
});
