package e2e

import (
	"os/exec"
	"testing"
)

// Debian's Python is the one that Debian's python3-boto3 is for.
const debianPython = "/usr/bin/python3"

func TestBoto3(t *testing.T) {
	t.Parallel()
	need(t, "oathtool")
	need(t, "zbarimg")
	if out, err := exec.Command(need(t, debianPython), "-c", "import boto3").CombinedOutput(); err != nil {
		lacking(t, string(out))
	}
	tellStory(t, debianPython, "boto3/story.py")
}
