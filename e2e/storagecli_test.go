package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// largeSize is how large a large file is: 1 GiB, or as many MiB as DAYPASS_E2E_S3_MIB says.
func largeSize(t *testing.T) int64 {
	t.Helper()
	text, ok := os.LookupEnv("DAYPASS_E2E_S3_MIB")
	if !ok {
		return 1 << 30
	}
	size, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return size << 20
}

// TestGatewayAWSCLI is a bucket's life as the AWS CLI has it.
func TestGatewayAWSCLI(t *testing.T) {
	t.Parallel()
	need(t, "oathtool")
	for version, path := range installedCLIs(t) {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			g := startStorage(t)
			alice, session := g.mfaUser("alice", "GAHT21111111", careful)
			size := int64(32 << 20)
			if version == "v2" {
				size = largeSize(t)
			}
			plain, withMFA := g.aws(path, alice), g.aws(path, session())
			plain.refused(refusedOn(userARN("alice"), "s3:CreateBucket", "arn:aws:s3:::photos")+
				"no identity-based policy allows the s3:CreateBucket action", "s3", "mb", "s3://photos")
			withMFA.run("s3", "mb", "s3://photos")
			cliLargeFile(withMFA, size)
			cliSync(g.aws(path, g.worker()))
			cliObjects(withMFA)
			cliMultipart(withMFA)
			if version == "v2" { // v1 signs addresses in a way that AWS has given up
				cliPresigned(withMFA, plain)
			}
			withMFA.run("s3", "rb", "--force", "s3://photos")
			withMFA.refused("NoSuchBucket", "s3", "ls", "s3://photos")
		})
	}
}

func (g *storage) aws(path string, who credentials) client {
	return client{g, []string{path, "--endpoint-url", g.endpoint, "--output", "json"}, clientEnvironment(who)}
}

// cliLargeFile sends a file in parts, as the CLI does by itself, and gets it back.
func cliLargeFile(c client, size int64) {
	dir := c.t.TempDir()
	sum := randomFile(c.t, filepath.Join(dir, "in"), size)
	c.run("s3", "cp", "--no-progress", filepath.Join(dir, "in"), "s3://photos/large")
	if err := os.Remove(filepath.Join(dir, "in")); err != nil {
		c.t.Fatal(err)
	}
	var head struct{ ContentLength int64 }
	c.decode(&head, "s3api", "head-object", "--bucket", "photos", "--key", "large")
	if head.ContentLength != size {
		c.t.Errorf("the object has %d bytes, want %d", head.ContentLength, size)
	}
	c.run("s3", "cp", "--no-progress", "s3://photos/large", filepath.Join(dir, "out"))
	if got := fileSum(c.t, filepath.Join(dir, "out")); got != sum {
		c.t.Errorf("what came back has the hash %s, want %s", got, sum)
	}
	if listed := c.run("s3", "ls", "s3://photos/"); !strings.Contains(listed, fmt.Sprint(size, " large")) {
		c.t.Errorf("the listing is %q", listed)
	}
	c.run("s3", "rm", "s3://photos/large")
}

// decode runs a command and reads its answer.
func (c client) decode(into any, arguments ...string) {
	c.t.Helper()
	if out := c.run(arguments...); json.Unmarshal([]byte(out), into) != nil {
		c.t.Fatalf("aws %s: no JSON:\n%s", strings.Join(arguments, " "), out)
	}
}

// cliSync copies a tree of awkward names there and back.
func cliSync(c client) {
	tree, back := awkwardTree(c.t), filepath.Join(c.t.TempDir(), "back")
	c.run("s3", "sync", "--no-progress", tree, "s3://photos/tree")
	if again := c.run("s3", "sync", "--no-progress", tree, "s3://photos/tree"); strings.TrimSpace(again) != "" {
		c.t.Errorf("the second sync copied\n%s", again)
	}
	c.run("s3", "sync", "--no-progress", "s3://photos/tree", back)
	sameTree(c.t, back, tree)
	c.run("s3", "cp", "--no-progress", "--recursive", "s3://photos/tree/", "s3://photos/copy/") // CopyObject, UploadPartCopy
	if err := os.Remove(filepath.Join(tree, "plain.txt")); err != nil {
		c.t.Fatal(err)
	}
	if out := c.run("s3", "sync", "--no-progress", "--delete", tree, "s3://photos/copy"); !strings.Contains(out, "delete: s3://photos/copy/plain.txt") {
		c.t.Errorf("sync --delete printed\n%s", out)
	}
	c.run("s3", "mv", "--no-progress", "s3://photos/tree/100%.txt", "s3://photos/copy/moved.txt")
	c.run("s3", "rm", "--recursive", "s3://photos/tree")
	c.run("s3", "rm", "--recursive", "s3://photos/copy")
	if out, err := c.exec("s3", "ls", "--recursive", "s3://photos"); err != nil || strings.TrimSpace(out) != "" {
		c.t.Errorf("there is still\n%s", out)
	}
}

// cliObjects are the calls about one object and about many.
func cliObjects(c client) {
	t, dir := c.t, c.t.TempDir()
	sum := randomFile(t, filepath.Join(dir, "in"), 70_001)
	object := func(operation, key string, more ...string) []string {
		return append([]string{"s3api", operation, "--bucket", "photos", "--key", key}, more...)
	}
	c.run(object("put-object", "cats/one", "--body", filepath.Join(dir, "in"), "--content-type", "image/png",
		"--metadata", "camera=old one,place=R%C3%BCgen", "--tagging", "colour=black&for=all%20of%20us")...)
	var head struct {
		ContentType string
		Metadata    map[string]string
	}
	c.decode(&head, object("head-object", "cats/one")...)
	if head.ContentType != "image/png" || head.Metadata["camera"] != "old one" || head.Metadata["place"] != "R%C3%BCgen" {
		t.Errorf("the object has %v", head)
	}
	for _, want := range []string{"all of us", "black"} {
		if tags := c.run(object("get-object-tagging", "cats/one")...); !strings.Contains(tags, want) {
			t.Errorf("the tags are %s", tags)
		}
	}
	c.run(object("put-object-tagging", "cats/one", "--tagging", "TagSet=[{Key=colour,Value=white}]")...)
	if tags := c.run(object("get-object-tagging", "cats/one")...); strings.Contains(tags, "black") || !strings.Contains(tags, "white") {
		t.Errorf("the tags are %s", tags)
	}
	c.run(object("delete-object-tagging", "cats/one")...)

	for _, key := range []string{"cats/two & 2", "cats/three+3", "dogs/rex"} {
		c.run(object("copy-object", key, "--copy-source", "photos/cats/one")...)
	}
	c.run(object("get-object", "cats/two & 2", filepath.Join(dir, "out"))...)
	if got := fileSum(t, filepath.Join(dir, "out")); got != sum {
		t.Errorf("the copy has the hash %s, want %s", got, sum)
	}
	c.run(object("get-object", "dogs/rex", "--range", "bytes=70000-", filepath.Join(dir, "end"))...)
	if info, err := os.Stat(filepath.Join(dir, "end")); err != nil || info.Size() != 1 {
		t.Errorf("the last byte is %v, %v", info, err)
	}
	cliListing(c)
	c.refused("(404)", object("head-object", "nothing")...)
	c.refused("NoSuchKey", object("get-object", "nothing", filepath.Join(dir, "none"))...)
}

// cliListing lists in pages and in folders, and deletes many objects at once.
func cliListing(c client) {
	var list struct {
		Contents       []struct{ Key string }
		CommonPrefixes []struct{ Prefix string }
	}
	listed := func(more ...string) string {
		list.Contents, list.CommonPrefixes = nil, nil
		c.decode(&list, append([]string{"s3api", "list-objects-v2", "--bucket", "photos"}, more...)...)
		return fmt.Sprint(list.Contents, list.CommonPrefixes)
	}
	for want, more := range map[string][]string{
		"[{cats/one} {cats/three+3} {cats/two & 2} {dogs/rex}] []": {"--page-size", "1"},
		"[] [{cats/} {dogs/}]":                          {"--delimiter", "/"},
		"[{cats/one} {cats/three+3} {cats/two & 2}] []": {"--prefix", "cats/"},
		"[{cats/three+3} {cats/two & 2} {dogs/rex}] []": {"--start-after", "cats/one", "--fetch-owner"},
	} {
		if got := listed(more...); got != want {
			c.t.Errorf("list-objects-v2 %q is %s, want %s", more, got, want)
		}
	}
	for _, operation := range []string{"list-objects", "list-object-versions", "list-multipart-uploads", "get-bucket-acl", "get-bucket-location", "get-bucket-versioning"} {
		if out, err := c.exec("s3api", operation, "--bucket", "photos"); err != nil && !strings.Contains(out, "NotImplemented") {
			c.t.Errorf("%s: %v %s", operation, err, out)
		}
	}
	if buckets := c.run("s3api", "list-buckets"); !strings.Contains(buckets, `"photos"`) {
		c.t.Errorf("the buckets are %s", buckets)
	}
	deleted := c.run("s3api", "delete-objects", "--bucket", "photos", "--delete",
		`{"Objects":[{"Key":"cats/one"},{"Key":"cats/two & 2"},{"Key":"cats/three+3"},{"Key":"not/there"}]}`)
	if strings.Count(deleted, `"Key"`) != 4 || strings.Contains(deleted, "Errors") {
		c.t.Errorf("delete-objects says %s", deleted)
	}
	if got, want := listed(), "[{dogs/rex}] []"; got != want {
		c.t.Errorf("left are %s, want %s", got, want)
	}
}

// cliMultipart takes an upload apart that a client does by itself.
func cliMultipart(c client) {
	t, dir := c.t, c.t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	randomFile(t, first, 5<<20)
	randomFile(t, second, 1234)
	upload := func(operation, id string, more ...string) []string {
		arguments := []string{"s3api", operation, "--bucket", "photos", "--key", "film"}
		if id != "" {
			arguments = append(arguments, "--upload-id", id)
		}
		return append(arguments, more...)
	}
	var created struct{ UploadId string }
	var part, copied struct {
		ETag           string
		CopyPartResult struct{ ETag string }
	}
	c.decode(&created, upload("create-multipart-upload", "")...)
	c.decode(&part, upload("upload-part", created.UploadId, "--part-number", "1", "--body", first)...)
	c.run("s3api", "put-object", "--bucket", "photos", "--key", "second", "--body", second)
	c.decode(&copied, upload("upload-part-copy", created.UploadId, "--part-number", "2", "--copy-source", "photos/second")...)
	if parts := c.run(upload("list-parts", created.UploadId)...); strings.Count(parts, "PartNumber\"") != 2 {
		t.Errorf("the parts are %s", parts)
	}
	if open := c.run("s3api", "list-multipart-uploads", "--bucket", "photos"); !strings.Contains(open, created.UploadId) {
		t.Errorf("the open uploads are %s", open)
	}
	parts, err := json.Marshal(map[string]any{"Parts": []any{
		map[string]any{"PartNumber": 1, "ETag": part.ETag}, map[string]any{"PartNumber": 2, "ETag": copied.CopyPartResult.ETag},
	}})
	if err != nil {
		t.Fatal(err)
	}
	c.run(upload("complete-multipart-upload", created.UploadId, "--multipart-upload", string(parts))...)
	c.run("s3", "cp", "--no-progress", "s3://photos/film", filepath.Join(dir, "film"))
	want := concatenated(t, first, second)
	if got, err := os.ReadFile(filepath.Join(dir, "film")); err != nil || string(got) != want {
		t.Errorf("the object has %d bytes that are not its parts: %v", len(got), err)
	}
	c.decode(&created, upload("create-multipart-upload", "")...)
	c.run(upload("abort-multipart-upload", created.UploadId)...)
	c.refused("NoSuchUpload", upload("list-parts", created.UploadId)...)
}

func concatenated(t *testing.T, paths ...string) string {
	t.Helper()
	var all strings.Builder
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	return all.String()
}

// cliPresigned hands an address to somebody who has no credentials.
func cliPresigned(withMFA, without client) {
	t := withMFA.t
	presign := func(c client) string {
		return strings.TrimSpace(c.run("s3", "presign", "s3://photos/second", "--expires-in", "600"))
	}
	address := presign(withMFA)
	if status, body := withMFA.get(address); status != http.StatusOK || len(body) != 1234 {
		t.Errorf("the address answers %d with %d bytes", status, len(body))
	}
	for what, altered := range map[string]string{
		"another key":       strings.Replace(address, "/second?", "/film?", 1),
		"a longer life":     strings.Replace(address, "Expires=600", "Expires=6000", 1),
		"one more question": address + "&versionId=1",
	} {
		if status, body := withMFA.get(altered); status != http.StatusForbidden || !strings.Contains(body, "<Code>SignatureDoesNotMatch</Code>") {
			t.Errorf("%s: %d %s", what, status, body)
		}
	}
	// Whoever signs needs the permission when the address is used.
	if status, body := without.get(presign(without)); status != http.StatusForbidden || !strings.Contains(body, "<Code>AccessDenied</Code>") {
		t.Errorf("without MFA: %d %s", status, body)
	}
}
