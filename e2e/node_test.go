package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestNode(t *testing.T) {
	t.Parallel()
	need(t, "oathtool")
	if _, err := os.Stat("node/node_modules"); err != nil {
		lacking(t, err.Error())
	}
	tellStory(t, start(t, config{}), need(t, "node"), "node/story.mjs")
}

// tellStory runs a script that does as a user does, with the server's endpoint and account as arguments and root's key in
// its environment. The script judges the answers itself, and prints the secrets it got to know.
func tellStory(t *testing.T, server *server, interpreter ...string) {
	t.Helper()
	script := interpreter[len(interpreter)-1]
	command := exec.Command(interpreter[0], append(interpreter[1:], server.endpoint, accountID)...)
	command.Env = clientEnvironment(server.root)
	secrets := strings.Fields(output(t, command))
	if len(secrets) == 0 {
		t.Error("the script named no secret")
	}
	for _, value := range secrets {
		server.secret("a secret of "+script, value)
	}
}
