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
	node := needNode(t)
	tellStory(t, start(t, config{}), node, "node/story.mjs")
}

func TestNodeRoles(t *testing.T) {
	t.Parallel()
	need(t, "oathtool")
	node := needNode(t)
	tellStory(t, start(t, config{}), node, "node/roles.mjs")
}

// needNode returns Node.js, once the packages that e2e/node needs are there.
func needNode(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat("node/node_modules"); err != nil {
		lacking(t, err.Error())
	}
	return need(t, "node")
}

// tellStory runs a script that does as a user does, with the server's endpoint and account as arguments and root's key in
// its environment. The script judges the answers itself, and prints the secrets it got to know.
func tellStory(t *testing.T, server *server, interpreter ...string) {
	t.Helper()
	tellStoryWith(t, server, nil, interpreter...)
}

// tellStoryWith tells the script more by its environment.
func tellStoryWith(t *testing.T, server *server, environment []string, interpreter ...string) {
	t.Helper()
	script := interpreter[len(interpreter)-1]
	command := exec.Command(interpreter[0], append(interpreter[1:], server.endpoint, accountID)...)
	command.Env = append(clientEnvironment(server.root), environment...)
	secrets := strings.Fields(output(t, command))
	if len(secrets) == 0 {
		t.Error("the script named no secret")
	}
	for _, value := range secrets {
		server.secret("a secret of "+script, value)
	}
}
