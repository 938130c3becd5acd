package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	bucketARN = "arn:aws:s3:::photos"

	// guarded allows everything on S3, but no deletion without MFA: the documentation's own example.
	guarded = `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:*","Resource":"*"},
		{"Effect":"Deny","Action":"s3:DeleteObject","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}`

	// homes gives everybody a directory of their own.
	homes = `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:ListBucket","Resource":"` + bucketARN + `","Condition":{"StringLike":{"s3:prefix":["","home/","home/${aws:username}/*"]}}},
		{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":"` + bucketARN + `/home/${aws:username}/*"}]}`
)

// objects are S3 calls of somebody.
type objects struct {
	*storage
	client *s3.Client
}

func (g *storage) objectsOf(who credentials) objects { return objects{g, g.s3(who)} }

func (o objects) told(err error) error {
	if err != nil {
		o.said(err.Error())
	}
	return err
}

func (o objects) put(key string) error {
	_, err := o.client.PutObject(o.t.Context(), &s3.PutObjectInput{Bucket: aws.String("photos"), Key: &key, Body: strings.NewReader(key)})
	return o.told(err)
}

func (o objects) get(key string) error {
	_, err := o.client.GetObject(o.t.Context(), &s3.GetObjectInput{Bucket: aws.String("photos"), Key: &key})
	return o.told(err)
}

func (o objects) remove(key string) error {
	_, err := o.client.DeleteObject(o.t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("photos"), Key: &key})
	return o.told(err)
}

func (o objects) list(prefix string) error {
	_, err := o.client.ListObjectsV2(o.t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("photos"), Prefix: &prefix})
	return o.told(err)
}

func (o objects) createBucket() {
	o.t.Helper()
	if _, err := o.client.CreateBucket(o.t.Context(), &s3.CreateBucketInput{Bucket: aws.String("photos")}); err != nil {
		o.t.Fatal(err)
	}
}

// TestGatewayPolicies is who may do what with the objects of a service that knows nothing of users.
func TestGatewayPolicies(t *testing.T) {
	t.Parallel()
	need(t, "oathtool")
	g := startStorage(t)
	g.objectsOf(g.worker()).createBucket()
	t.Run("deletion needs MFA", func(t *testing.T) { deletionNeedsMFA(g.in(t)) })
	t.Run("home directories", func(t *testing.T) { homeDirectories(g.in(t)) })
	t.Run("bucket policies", func(t *testing.T) { bucketPolicies(g.in(t)) })
}

func deletionNeedsMFA(g *storage) {
	t := g.t
	key, session := g.mfaUser("mia", "GAHT21111113", guarded)
	mia, withMFA := g.objectsOf(key), g.objectsOf(session())
	g.wantSuccess(mia.put("a"))
	g.wantSuccess(mia.put("b"))
	denied := refusedOn(userARN("mia"), "s3:DeleteObject", bucketARN+"/a") + "with an explicit deny in an identity-based policy"
	wantRefusal(t, mia.remove("a"), "AccessDenied", strings.Replace(denied, "because with", "with", 1))

	// Many at once are decided on one by one.
	removeBoth := func(o objects) *s3.DeleteObjectsOutput {
		answer, err := o.client.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: aws.String("photos"), Delete: &types.Delete{
			Objects: []types.ObjectIdentifier{{Key: aws.String("a")}, {Key: aws.String("b")}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	if answer := removeBoth(mia); len(answer.Deleted) != 0 || len(answer.Errors) != 2 || aws.ToString(answer.Errors[0].Code) != "AccessDenied" {
		t.Errorf("without MFA: %v", answer)
	}
	g.wantSuccess(mia.get("a"))
	g.wantSuccess(withMFA.remove("a"))
	if err := mia.get("a"); !isA[*types.NoSuchKey](err) {
		t.Errorf("%v, want NoSuchKey", err)
	}
	if answer := removeBoth(withMFA); len(answer.Deleted) != 2 || len(answer.Errors) != 0 {
		t.Errorf("with MFA: %v", answer)
	}
}

func homeDirectories(g *storage) {
	t := g.t
	users := map[string]objects{}
	for _, name := range []string{"hans", "hansi"} {
		key := g.createUser(name)
		g.putUserPolicy(name, homes)
		users[name] = g.objectsOf(key)
	}
	hans, hansi := users["hans"], users["hansi"]
	g.wantSuccess(hans.put("home/hans/diary"))
	g.wantSuccess(hansi.put("home/hansi/diary"))
	g.wantSuccess(hans.get("home/hans/diary"))
	g.wantSuccess(hans.list("home/hans/"))
	g.wantSuccess(hans.list(""))
	refused := func(err error, action, resource string) {
		t.Helper()
		wantExactly(t, err, "AccessDenied", refusedOn(userARN("hans"), action, resource)+"no identity-based policy allows the "+action+" action")
	}
	stolen := hans.get("home/hansi/diary")
	refused(stolen, "s3:GetObject", bucketARN+"/home/hansi/diary")
	explainsRefusal(t, g.server, stolen, "no identity-based policy allows s3:GetObject on "+bucketARN+"/home/hansi/diary")
	refused(hans.put("home/hansi/diary"), "s3:PutObject", bucketARN+"/home/hansi/diary")
	refused(hans.put("home/hans"), "s3:PutObject", bucketARN+"/home/hans")
	refused(hans.list("home/hansi/"), "s3:ListBucket", bucketARN)
	refused(hans.list("home/hans"), "s3:ListBucket", bucketARN)

	// What is copied has to be readable.
	_, err := hans.client.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: aws.String("photos"), Key: aws.String("home/hans/stolen"), CopySource: aws.String("photos/home/hansi/diary"),
	})
	refused(err, "s3:GetObject", bucketARN+"/home/hansi/diary")
	// Keys that a file system would read as somebody else's.
	for _, key := range []string{"home/hans/../hansi/diary", "home/hans/./../hansi/diary", "home/hans//../../hansi/diary"} {
		if hans.get(key) == nil || hans.put(key) == nil || hans.remove(key) == nil {
			t.Errorf("%s was taken", key)
		}
	}
	g.wantSuccess(hansi.get("home/hansi/diary"))
}

func (g *storage) putBucketPolicy(statements ...string) {
	g.t.Helper()
	file := filepath.Join(g.t.TempDir(), "policy.json")
	if err := os.WriteFile(file, []byte(`{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`), 0o600); err != nil {
		g.t.Fatal(err)
	}
	g.daypass("gateway", "policy", "put", "photos", file)
}

// bucketPolicies are the rules within an account and across accounts.
func bucketPolicies(g *storage) {
	t := g.t
	worker, idle := g.createUser("owner"), g.createUser("reader")
	g.putUserPolicy("owner", allowing("s3:*"))
	owner, reader := g.objectsOf(worker), g.objectsOf(idle)
	g.wantSuccess(owner.put("shared/report"))
	root := g.createAccount(buildID)
	eventually(t, "", "", func() error { return g.listsUsers(root) })
	bob, eve := g.foreigner(root, "bob", "s3:*"), g.foreigner(root, "eve", "sts:*")

	const noResourcePolicy = "because no resource-based policy allows the s3:GetObject action"
	wantRefusal(t, bob.get("shared/report"), "AccessDenied", noResourcePolicy)
	wantRefusal(t, reader.get("shared/report"), "AccessDenied", "because no identity-based policy allows the s3:GetObject action")

	statement := func(effect, principal, action, condition string) string {
		return `{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"` + action + `","Resource":"` + bucketARN + `/shared/*"` + condition + `}`
	}
	whole := principal("arn:aws:iam::" + buildID + ":root")
	g.putBucketPolicy(statement("Allow", whole, "s3:GetObject", ""), statement("Allow", principal(userARN("reader")), "s3:GetObject", ""))
	eventually(t, "", "", func() error { return bob.get("shared/report") })
	eventually(t, "", "", func() error { return reader.get("shared/report") }) // in the bucket's account it is enough
	wantRefusal(t, eve.get("shared/report"), "AccessDenied", "because no identity-based policy allows the s3:GetObject action")
	wantRefusal(t, bob.put("shared/report"), "AccessDenied", "because no resource-based policy allows the s3:PutObject action")
	wantRefusal(t, bob.get("private"), "AccessDenied", noResourcePolicy)
	wantRefusal(t, reader.put("shared/report"), "AccessDenied", "because no identity-based policy allows the s3:PutObject action")

	g.putBucketPolicy(statement("Allow", whole, "s3:GetObject", ""),
		statement("Deny", `"*"`, "s3:*", `,"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`))
	const explicit = "with an explicit deny in a resource-based policy"
	eventually(t, "AccessDenied", explicit, func() error { return owner.get("shared/report") })
	eventually(t, "AccessDenied", explicit, func() error { return bob.get("shared/report") })
	g.daypass("gateway", "policy", "delete", "photos")
	eventually(t, "", "", func() error { return owner.get("shared/report") })
	wantRefusal(t, bob.get("shared/report"), "AccessDenied", noResourcePolicy)
}

// foreigner makes a user of another account who is allowed something there.
func (g *storage) foreigner(root credentials, name, action string) objects {
	g.t.Helper()
	there, ctx := g.iam(root), g.t.Context()
	_, err := there.CreateUser(ctx, &iam.CreateUserInput{UserName: &name})
	if err == nil {
		_, err = there.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("allow"), PolicyDocument: aws.String(allowing(action))})
	}
	if err != nil {
		g.t.Fatal(err)
	}
	made, err := there.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		g.t.Fatal(err)
	}
	key := credentials{AccessKeyId: aws.ToString(made.AccessKey.AccessKeyId), SecretAccessKey: aws.ToString(made.AccessKey.SecretAccessKey)}
	g.secret("a secret access key", key.SecretAccessKey)
	return g.objectsOf(key)
}
