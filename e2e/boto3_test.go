package e2e

import (
	"fmt"
	"os/exec"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

func TestBoto3(t *testing.T) {
	t.Parallel()
	need(t, "oathtool")
	need(t, "zbarimg")
	python := needBoto3(t)
	tellStory(t, start(t, config{}), python, "-B", "boto3/story.py")
}

func TestBoto3Roles(t *testing.T) {
	t.Parallel()
	need(t, "oathtool")
	python := needBoto3(t)
	tellStory(t, start(t, config{}), python, "-B", "boto3/roles.py")
}

// TestBoto3Examples replays the examples of IAM and STS that AWS publishes with its SDKs.
func TestBoto3Examples(t *testing.T) {
	t.Parallel()
	need(t, "oathtool")
	python := needBoto3(t)
	saml := newIDP(t, "https://integ.example.com/idp/shibboleth")
	response := saml.response(nil, nil, settings{
		"nameIdentifier":       "SamlExample",
		"nameIdentifierFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
		"attributes": map[string]string{
			samlAttributes + "Role":            roleARN("TestSaml") + "," + "arn:aws:iam::" + accountID + ":saml-provider/SAML-test",
			samlAttributes + "RoleSessionName": "TestSaml",
		},
	})
	server := start(t, config{Environment: []string{encodedMessages}})
	tellStoryWith(t, server, []string{"SAML_METADATA=" + saml.ask("metadata"), "SAML_RESPONSE=" + response},
		python, "-B", "boto3/examples.py")
}

// TestBoto3Paginators pages through more users than an answer holds. The Go SDK makes them, because it is quick.
func TestBoto3Paginators(t *testing.T) {
	t.Parallel()
	python := needBoto3(t)
	server := start(t, config{})
	createUsers(t, server.iam(server.root), 2500)
	tellStory(t, server, python, "-B", "boto3/paginators.py")
}

// createUsers makes the users that paginators.py looks for, as fast as the account may.
func createUsers(t *testing.T, client *iam.Client, count int) {
	t.Helper()
	const atOnce = 8
	patiently := func(o *iam.Options) {
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.RateLimiter = 20, ratelimit.None })
	}
	var group sync.WaitGroup
	for first := range atOnce {
		group.Go(func() {
			for n := first; n < count && !t.Failed(); n += atOnce {
				name, path := fmt.Sprintf("Writer-%04d", n), "/writers/"
				if n%3 == 0 {
					name, path = fmt.Sprintf("reader-%04d", n), "/readers/"
				}
				if _, err := client.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name, Path: &path}, patiently); err != nil {
					t.Error(err)
				}
			}
		})
	}
	if group.Wait(); t.Failed() {
		t.FailNow()
	}
}

// needBoto3 returns Debian's Python, which is the one that Debian's python3-boto3 is for. Its -B keeps __pycache__ away
// from here. The directory boto3 of this one is no package: it has no session in it.
func needBoto3(t *testing.T) string {
	t.Helper()
	const python = "/usr/bin/python3"
	if out, err := exec.Command(need(t, python), "-c", "import boto3.session").CombinedOutput(); err != nil {
		lacking(t, string(out))
	}
	return python
}
