package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// storage is a server with an S3 behind it.
type storage struct {
	*server
	backend *versitygw
}

// virtualHost is the name below which buckets are names.
const virtualHost = "s3.daypass.test"

// startStorage starts both.
func startStorage(t *testing.T) *storage {
	t.Helper()
	backend := startVersitygw(t)
	g := &storage{server: start(t, config{Environment: backend.configure("http://"+backend.address, backend.key, storagePatience)}), backend: backend}
	g.secret("the backend's access key", backend.key.AccessKeyId)
	g.secret("the backend's secret access key", backend.key.SecretAccessKey)
	return g
}

// storagePatience is how long the backend may be silent: it copies a gibibyte to make one object of its parts.
const storagePatience = 5 * time.Minute

// configure returns the environment of a server that has an S3 at an address behind it, knows it by a key, and waits so long for it.
func (v *versitygw) configure(url string, key credentials, timeout time.Duration) []string {
	v.t.Helper()
	file := filepath.Join(v.t.TempDir(), "daypass.yaml")
	text := fmt.Sprintf("gateway:\n  upstreams:\n    s3: { url: %s, region: %s, credentials: { env: BACKEND }, hosts: [127.0.0.1, %s], timeout: %v }\n",
		url, region, virtualHost, timeout)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		v.t.Fatal(err)
	}
	return []string{
		"DAYPASS_CONFIG=" + file,
		"BACKEND_ACCESS_KEY_ID=" + key.AccessKeyId, "BACKEND_SECRET_ACCESS_KEY=" + key.SecretAccessKey,
	}
}

// in returns the same gateway for a subtest.
func (g *storage) in(t *testing.T) *storage { return &storage{g.server.in(t), g.backend} }

// said checks that nothing a client was told shows the key that the backend knows the gateway by, and returns it.
func (g *storage) said(output string) string {
	g.t.Helper()
	for _, value := range []string{g.backend.key.AccessKeyId, g.backend.key.SecretAccessKey} {
		if at := strings.Index(output, value); at >= 0 {
			g.t.Errorf("the backend's key was shown: %q", output[max(0, at-200):at+len(value)])
		}
	}
	return output
}

// careful is a policy that allows everything on S3 with MFA, and nothing without.
const careful = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":` + needsMFA + `}]}`

func (g *storage) putUserPolicy(user, document string) {
	g.t.Helper()
	if _, err := g.iam(g.root).PutUserPolicy(g.t.Context(), &iam.PutUserPolicyInput{
		UserName: &user, PolicyName: aws.String("s3"), PolicyDocument: &document,
	}); err != nil {
		g.t.Fatal(err)
	}
}

// mfaUser makes a user with a policy and returns its key and a way to its sessions with MFA.
func (g *storage) mfaUser(name, serial, document string) (key credentials, session func() credentials) {
	g.t.Helper()
	key = g.createUser(name)
	g.putUserPolicy(name, document)
	next := g.enableHOTP(name, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", serial)
	return key, func() credentials {
		code := next()
		answer, err := g.sts(key).GetSessionToken(g.t.Context(), &sts.GetSessionTokenInput{SerialNumber: &serial, TokenCode: &code})
		if err != nil {
			g.t.Fatal(err)
		}
		return g.credentialsOf(answer.Credentials)
	}
}

// worker returns a session of a role that may do everything on S3.
func (g *storage) worker() credentials {
	g.t.Helper()
	ann := g.createUser("ann")
	g.allow("ann", "sts:AssumeRole")
	g.createRole("worker", wholeAccount, "")
	g.putRolePolicy("worker", "work", allowing("s3:*"))
	return g.session(ann, "worker")
}

// s3 is S3 as the SDK for Go has it by default, but for the path that buckets are in and the second try.
func (s *server) s3(c credentials, change ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &s.endpoint, Region: region, Credentials: c.provider(), RetryMaxAttempts: 1, UsePathStyle: true,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	}, change...)
}

// refusedOn is how S3 says no.
func refusedOn(caller, action, resource string) string {
	return "User: " + caller + " is not authorized to perform: " + action + ` on resource: "` + resource + `" because `
}

// client is a program with an environment and what it takes before every command.
type client struct {
	*storage
	program     []string
	environment []string
}

// run runs a command that has to succeed, and returns what it prints.
func (c client) run(arguments ...string) string {
	c.t.Helper()
	output, err := c.exec(arguments...)
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s", filepath.Base(c.program[0]), strings.Join(arguments, " "), err, output)
	}
	return output
}

// refused runs a command that has to fail with a text among what it prints.
func (c client) refused(text string, arguments ...string) {
	c.t.Helper()
	output, err := c.exec(arguments...)
	if err == nil || !strings.Contains(output, text) {
		c.t.Errorf("%s %s: %v\n%s\nwant %s", filepath.Base(c.program[0]), strings.Join(arguments, " "), err, output, text)
	}
}

func (c client) exec(arguments ...string) (string, error) {
	command := exec.Command(c.program[0], append(c.program[1:len(c.program):len(c.program)], arguments...)...)
	command.Env = c.environment
	output, err := command.CombinedOutput()
	return c.said(string(output)), err
}

// randomFile makes a file that no compression and no accident of alignment makes smaller, and returns its hash.
func randomFile(t *testing.T, path string, size int64) (sum string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(file, hash), randomBytes(size), size); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// randomBytes never ends, and is the same for the same seed.
func randomBytes(seed int64) io.Reader {
	return rand.NewChaCha8(sha256.Sum256([]byte(fmt.Sprint(seed))))
}

func fileSum(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// awkward are names of files that some client or server writes differently in an address.
var awkward = []string{
	"plain.txt", "with space.txt", "a+b&c=d.txt", "100%.txt", "%2e%2e.txt", "ümlaut/日本.txt", "quote'\"<>.txt", "deep/er/and/deeper.bin",
	"comma,semi;colon:.txt", "at@dollar$!*().txt", "tilde~[bracket]{brace}.txt", "hash#question?.txt", "back\\slash|pipe^.txt", ".hidden", "empty.bin",
}

// awkwardTree makes a directory of small files under such names, and one that takes several parts.
func awkwardTree(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "tree")
	// S3 knows seconds only: to a client that compares times, a file from this very second would seem newer than its copy.
	before := time.Now().Add(-time.Minute)
	add := func(name string, size int64) {
		path := filepath.Join(dir, name)
		randomFile(t, path, size)
		if err := os.Chtimes(path, before, before); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range awkward {
		size := int64(i * 1000)
		if name == "empty.bin" {
			size = 0
		}
		add(name, size)
	}
	add("large.bin", 17<<20+5)
	return dir
}

// sameTree checks that two directories hold the same.
func sameTree(t *testing.T, got, want string) {
	t.Helper()
	if out, err := exec.Command("diff", "-r", want, got).CombinedOutput(); err != nil {
		t.Errorf("what came back is not what went in: %v\n%s", err, out)
	}
}

// await is for what another process does in its own time.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(pause) {
		if time.Now().After(deadline) {
			t.Fatalf("after %v there is still no %s", patience, what)
		}
	}
}
