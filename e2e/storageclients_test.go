package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestGatewayBoto3 and TestGatewayNode are told by scripts that judge the answers themselves.
func TestGatewayBoto3(t *testing.T) {
	t.Parallel()
	python := needBoto3(t)
	g := startStorage(t)
	secure, authority, _ := g.behindTLS()
	client{g, []string{python, "-B"}, clientEnvironment(g.worker())}.run("boto3/s3.py", g.endpoint, secure, authority)
}

func TestGatewayNode(t *testing.T) {
	t.Parallel()
	node := needNode(t)
	g := startStorage(t)
	client{g, []string{node}, clientEnvironment(g.worker())}.run("node/s3.mjs", g.endpoint)
}

// TestGatewayRclone copies and compares a tree as rclone does, with a session with MFA.
func TestGatewayRclone(t *testing.T) {
	t.Parallel()
	need(t, "oathtool")
	rclone := need(t, "rclone")
	g := startStorage(t)
	alice, session := g.mfaUser("alice", "GAHT21111114", careful)
	as := func(who credentials) client {
		return client{g, []string{rclone, "--config", "/dev/null", "--retries", "1", "--low-level-retries", "1"}, append(clientEnvironment(who),
			"RCLONE_CONFIG_GW_TYPE=s3", "RCLONE_CONFIG_GW_PROVIDER=Other", "RCLONE_CONFIG_GW_ENV_AUTH=true", "RCLONE_CONFIG_GW_REGION="+region,
			"RCLONE_CONFIG_GW_ENDPOINT="+g.endpoint, "RCLONE_S3_UPLOAD_CUTOFF=6M", "RCLONE_S3_CHUNK_SIZE=5M")}
	}
	withMFA := as(session())
	tree, back := awkwardTree(t), filepath.Join(t.TempDir(), "back")
	as(alice).refused("AccessDenied", "mkdir", "gw:photos")
	withMFA.run("mkdir", "gw:photos")
	withMFA.run("copy", tree, "gw:photos/tree")
	withMFA.run("check", "--download", tree, "gw:photos/tree")
	withMFA.run("check", tree, "gw:photos/tree") // by the hashes that it is told
	withMFA.run("sync", "gw:photos/tree", back)
	sameTree(t, back, tree)
	withMFA.run("copyto", "gw:photos/tree/large.bin", "gw:photos/copy of large")
	withMFA.run("check", "--download", "--include", "large.bin", tree, "gw:photos/tree")
	if got, err := withMFA.exec("cat", "--count", "10", "gw:photos/copy of large"); err != nil || len(got) != 10 {
		t.Errorf("cat: %q, %v", got, err)
	}
	as(alice).refused("AccessDenied", "lsf", "gw:photos")
	withMFA.run("delete", "gw:photos/tree")
	if left := withMFA.run("lsf", "-R", "gw:photos"); strings.TrimSpace(left) != "copy of large" {
		t.Errorf("left are %q", left)
	}
	withMFA.run("purge", "gw:photos")
}

// TestGatewayS3cmd does the same with s3cmd.
func TestGatewayS3cmd(t *testing.T) {
	t.Parallel()
	need(t, "oathtool")
	s3cmd := need(t, "s3cmd")
	g := startStorage(t)
	alice, session := g.mfaUser("alice", "GAHT21111115", careful)
	as := func(who credentials) client {
		file := filepath.Join(t.TempDir(), "s3cfg")
		text := fmt.Sprintf("[default]\naccess_key = %s\nsecret_key = %s\naccess_token = %s\nhost_base = %s\nhost_bucket = %[4]s\nuse_https = False\nbucket_location = %s\nmax_retries = 1\n",
			who.AccessKeyId, who.SecretAccessKey, who.SessionToken, g.address, region)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return client{g, []string{s3cmd, "--config", file, "--no-progress"}, append(clientEnvironment(credentials{}), "LANG=C.UTF-8")}
	}
	withMFA, dir := as(session()), t.TempDir()
	as(alice).refused("AccessDenied", "mb", "s3://photos")
	withMFA.run("mb", "s3://photos")
	tree, back := awkwardTree(t), filepath.Join(dir, "back")
	if err := os.Mkdir(back, 0o700); err != nil {
		t.Fatal(err)
	}
	withMFA.run("--multipart-chunk-size-mb=5", "sync", tree+"/", "s3://photos/tree/")
	withMFA.run("sync", "s3://photos/tree/", back+"/")
	sameTree(t, back, tree)
	withMFA.run("cp", "s3://photos/tree/large.bin", "s3://photos/copy")
	withMFA.run("get", "s3://photos/copy", filepath.Join(dir, "copy"))
	if got, want := fileSum(t, filepath.Join(dir, "copy")), fileSum(t, filepath.Join(tree, "large.bin")); got != want {
		t.Errorf("the copy has the hash %s, want %s", got, want)
	}
	if listed := withMFA.run("ls", "s3://photos"); !strings.Contains(listed, "s3://photos/copy") {
		t.Errorf("the listing is %q", listed)
	}
	withMFA.run("info", "s3://photos/copy")
	as(alice).refused("AccessDenied", "del", "s3://photos/copy")
	withMFA.run("del", "--recursive", "--force", "s3://photos")
	withMFA.run("rb", "s3://photos")
}

// TestGatewayS3fs has a bucket as a directory.
func TestGatewayS3fs(t *testing.T) {
	t.Parallel()
	s3fs := need(t, "s3fs")
	if _, err := os.Stat("/dev/fuse"); err != nil || os.Geteuid() != 0 {
		lacking(t, "s3fs needs /dev/fuse and root")
	}
	g := startStorage(t)
	who := g.worker()
	g.objectsOf(who).createBucket()
	tree, mounted := awkwardTree(t), t.TempDir()
	command := exec.Command(s3fs, "photos", mounted, "-f", "-o", "url="+g.endpoint, "-o", "use_path_request_style", "-o", "use_session_token",
		"-o", "endpoint="+region, "-o", "retries=1", "-o", "multipart_size=5", "-o", "tmpdir="+t.TempDir())
	command.Env = clientEnvironment(who)
	said := new(buffer)
	command.Stdout, command.Stderr = said, said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("umount", mounted).Run() // which ends s3fs
		_ = command.Wait()
		if g.said(said.String()); t.Failed() {
			t.Log(said)
		}
	})
	await(t, "mounted bucket", func() bool {
		mounts, err := os.ReadFile("/proc/self/mounts")
		return err == nil && strings.Contains(string(mounts), mounted+" fuse.s3fs")
	})
	output(t, exec.Command("cp", "-r", tree, filepath.Join(mounted, "tree")))
	sameTree(t, filepath.Join(mounted, "tree"), tree)
	g.wantSuccess(g.objectsOf(who).get("tree/large.bin"))
	output(t, exec.Command("rm", "-r", filepath.Join(mounted, "tree")))
	if err := g.objectsOf(who).get("tree/large.bin"); !isA[*types.NoSuchKey](err) {
		t.Errorf("%v, want NoSuchKey", err)
	}
}
