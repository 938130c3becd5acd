package iam

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awspolicy"
	"github.com/daypass/daypass/internal/store"
)

const (
	allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"
)

// policy makes a managed policy in an account.
func (w *world) policy(accountID, path, name string) Policy {
	w.t.Helper()
	in := &CreatePolicyInput{PolicyName: name, Path: path, PolicyDocument: allowAll}
	return must(w.CreatePolicy(w.t.Context(), w.root(accountID), in))(w.t).Policy
}

// version adds a version to a policy and returns its name.
func (w *world) version(arn string, setAsDefault bool) string {
	w.t.Helper()
	in := &CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: allowAll, SetAsDefault: setAsDefault}
	return must(w.CreatePolicyVersion(w.t.Context(), w.root(account), in))(w.t).PolicyVersion.VersionId
}

// getPolicy reads a policy of the account.
func (w *world) getPolicy(arn string) Policy {
	w.t.Helper()
	return must(w.GetPolicy(w.t.Context(), w.root(account), &GetPolicyInput{PolicyArn: arn}))(w.t).Policy
}

// entity makes a user, group or role behind the service's back.
func (w *world) entity(accountID string, kind aws.ResourceType, path, name, boundaryARN string) {
	w.t.Helper()
	w.change(func(ctx context.Context, tx *store.Tx) error {
		id, key := strings.ToUpper(string(kind))+" "+accountID+" "+name, store.NameKey(name)
		switch kind {
		case aws.UserResource:
			return tx.InsertUser(ctx, store.InsertUserParams{
				UserID: id, AccountID: accountID, Path: path, UserName: name, NameKey: key, BoundaryARN: boundaryARN,
			})
		case aws.GroupResource:
			return tx.InsertGroup(ctx, store.InsertGroupParams{GroupID: id, AccountID: accountID, Path: path, GroupName: name, NameKey: key})
		default:
			return tx.InsertRole(ctx, store.InsertRoleParams{
				RoleID: id, AccountID: accountID, Path: path, RoleName: name, NameKey: key, BoundaryARN: boundaryARN,
			})
		}
	})
}

func TestEncodeDocument(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"AZaz09-._~", "AZaz09-._~"},
		{`{"a": "*"}`, "%7B%22a%22%3A%20%22%2A%22%7D"},
		{"\t\r\n+%3A/", "%09%0D%0A%2B%253A%2F"},
		{"\u00e9\u00ff", "%C3%A9%C3%BF"},
	} {
		got := encodeDocument(test.text)
		if got != test.want {
			t.Errorf("%q: %s, want %s", test.text, got, test.want)
		}
		if back, err := url.PathUnescape(got); err != nil || back != test.text {
			t.Errorf("%q came back as %q, %v", test.text, back, err)
		}
	}
}

func TestCreatePolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := must(w.CreatePolicy(t.Context(), w.root(account), &CreatePolicyInput{
		PolicyName: "Deploy", Path: "/team/a/", PolicyDocument: allowAll, Description: "What CI may do", Tags: tags("b=1 B=2 a="),
	}))(t).Policy
	if !strings.HasPrefix(got.PolicyId, "ANPA") || len(got.PolicyId) != 21 {
		t.Errorf("PolicyId %q", got.PolicyId)
	}
	want := Policy{
		PolicyName: "Deploy", PolicyId: got.PolicyId, Arn: "arn:aws:iam::111111111111:policy/team/a/Deploy", Path: "/team/a/",
		DefaultVersionId: "v1", IsAttachable: true, CreateDate: start, UpdateDate: start,
		Tags: []Tag{{"b", text("1")}, {"B", text("2")}, {"a", text("")}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("CreatePolicy (-want +got):\n%s", diff)
	}
	want.Description, want.Tags = "What CI may do", []Tag{{"B", text("2")}, {"a", text("")}, {"b", text("1")}}
	if diff := cmp.Diff(want, w.getPolicy(want.Arn)); diff != "" {
		t.Errorf("GetPolicy (-want +got):\n%s", diff)
	}
	plain := w.policy(account, "", "plain")
	if plain.Path != "/" || plain.Arn != "arn:aws:iam::111111111111:policy/plain" || plain.Tags != nil {
		t.Errorf("a policy without path and tags: %+v", plain)
	}
	if read := w.getPolicy(plain.Arn); read.Description != "" || read.Tags == nil || len(read.Tags) > 0 {
		t.Errorf("read again: %+v", read)
	}
	if elsewhere := w.policy(foreign, "", "Deploy"); elsewhere.Arn != "arn:aws:iam::222222222222:policy/Deploy" {
		t.Errorf("the same name in another account: %+v", elsewhere)
	}
	if like := w.policy(account, "", "ReadOnlyAccess"); like.Arn != "arn:aws:iam::111111111111:policy/ReadOnlyAccess" {
		t.Errorf("the name of one of AWS's: %+v", like)
	}
}

func TestCreatePolicyRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(account, "", "deploy")
	sized := func(size int) string { // white space does not count
		document := strings.Replace(allowAll, `"Action"`, `"Sid":"", "Action"`, 1)
		return strings.Replace(document, `"Sid":""`, `"Sid":"`+strings.Repeat("x", size-len(document)+1)+`"`, 1)
	}
	for _, test := range []struct {
		name string
		in   CreatePolicyInput
		want string
	}{
		{
			"the name is taken, in another case and path",
			CreatePolicyInput{PolicyName: "DEPLOY", Path: "/x/", PolicyDocument: allowAll},
			"409 EntityAlreadyExists: A policy called DEPLOY already exists. Duplicate names are not allowed.",
		},
		{
			"one tag key twice",
			CreatePolicyInput{PolicyName: "p", PolicyDocument: allowAll, Tags: tags("a=1 b=1 a=2")},
			"400 InvalidInput: Duplicate tag keys found.",
		},
		{
			"a reserved tag",
			CreatePolicyInput{PolicyName: "p", PolicyDocument: allowAll, Tags: tags("aws:a=1")},
			"400 InvalidInput: Tag keys and values that start with aws: are reserved for system use.",
		},
		{
			"a description no database keeps",
			CreatePolicyInput{PolicyName: "p", PolicyDocument: allowAll, Description: "a\x00b"},
			"400 ValidationError: The specified value for description is invalid.",
		},
		{
			"too large",
			CreatePolicyInput{PolicyName: "p", PolicyDocument: sized(6145)},
			"409 LimitExceeded: Cannot exceed quota for PolicySize: 6144",
		},
		{"as large as may be", CreatePolicyInput{PolicyName: "largest", PolicyDocument: sized(6144)}, "ok"},
	} {
		t.Run(test.name, func(t *testing.T) {
			check(t, answer(w.CreatePolicy(t.Context(), w.root(account), &test.in)), test.want)
		})
	}
	if got := policyNames(w, &ListPoliciesInput{Scope: "Local"}); got != "deploy largest" {
		t.Errorf("policies after refusals: %s", got)
	}
}

func TestMalformedManagedPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.AWSMessagesOnly = true
	arn := w.policy(account, "", "p").Arn
	for _, test := range []struct{ name, document, want string }{
		{"no JSON", "{", "400 MalformedPolicyDocument: Syntax errors in policy."},
		{
			"the old version", strings.Replace(allowAll, "2012-10-17", "2008-10-17", 1),
			"400 MalformedPolicyDocument: Policy document must be version 2012-10-17 or greater.",
		},
		{
			"a principal", strings.Replace(allowAll, `"Action"`, `"Principal":"*","Action"`, 1),
			"400 MalformedPolicyDocument: Policy document should not specify a principal.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := &CreatePolicyInput{PolicyName: "q", PolicyDocument: test.document}
			check(t, answer(w.CreatePolicy(t.Context(), w.root(account), in)), test.want)
			version := &CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: test.document}
			check(t, answer(w.CreatePolicyVersion(t.Context(), w.root(account), version)), test.want)
		})
	}
}

func TestCreatePolicyQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(func(ctx context.Context, tx *store.Tx) error {
		for i := range maxPolicies - 1 {
			name := fmt.Sprintf("p%d", i)
			if err := tx.InsertPolicy(ctx, store.InsertPolicyParams{PolicyID: name, AccountID: account, Path: "/", PolicyName: name, NameKey: name}); err != nil {
				return err
			}
		}
		return nil
	})
	w.policy(account, "", "last")
	check(t, answer(w.CreatePolicy(t.Context(), w.root(account), &CreatePolicyInput{PolicyName: "one-more", PolicyDocument: allowAll})),
		"409 LimitExceeded: Cannot exceed quota for PoliciesPerAccount: 1500")
	w.policy(foreign, "", "one-more")
}

// TestPoliciesThatAreNotThere has every action that takes a policy's ARN refuse what is none, what does not exist, and what
// is another's.
func TestPoliciesThatAreNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	w.policy(account, "/Path/", "Mine")
	w.policy(foreign, "", "theirs")
	w.entity(account, aws.UserResource, "/", "alice", "")
	const (
		missing    = "arn:aws:iam::111111111111:policy/nobody"
		otherPath  = "arn:aws:iam::111111111111:policy/path/Mine"
		otherCase  = "arn:aws:iam::111111111111:policy/Path/mine"
		theirs     = "arn:aws:iam::222222222222:policy/theirs"
		notThere   = "arn:aws:iam::222222222222:policy/nobody"
		notOfAWS   = "arn:aws:iam::aws:policy/NoSuchAccess"
		ofNeither  = "arn:aws:iam::aws:policy/readonlyaccess"
		notFound   = "404 NoSuchEntity: Policy ARN was not found."
		attachable = "404 NoSuchEntity: Policy ARN does not exist or is not attachable."
		version    = "404 NoSuchEntity: Policy ARN version v1 does not exist or is not attachable."
		outside    = "outside your own account."
	)
	for _, action := range []struct {
		name       string
		do         func(arn string) error
		none, them string // answers to what does not exist, and to another's; the same for both when them is empty
		aws        string // to one of AWS's
	}{
		{"GetPolicy", func(arn string) error { _, err := w.GetPolicy(ctx, root, &GetPolicyInput{PolicyArn: arn}); return err }, notFound, "", "ok"},
		{
			"GetPolicyVersion", func(arn string) error {
				_, err := w.GetPolicyVersion(ctx, root, &GetPolicyVersionInput{PolicyArn: arn, VersionId: "v1"})
				return err
			}, version, "", "ok",
		},
		{
			"ListPolicyVersions", func(arn string) error {
				_, err := w.ListPolicyVersions(ctx, root, &ListPolicyVersionsInput{PolicyArn: arn})
				return err
			}, attachable, "", "ok",
		},
		{
			"ListEntitiesForPolicy", func(arn string) error {
				_, err := w.ListEntitiesForPolicy(ctx, root, &ListEntitiesForPolicyInput{PolicyArn: arn})
				return err
			}, attachable, "", "ok",
		},
		{
			"AttachUserPolicy", func(arn string) error {
				_, err := w.AttachUserPolicy(ctx, root, &AttachUserPolicyInput{UserName: "alice", PolicyArn: arn})
				return err
			}, attachable, "", "ok",
		},
		{
			"DetachUserPolicy", func(arn string) error {
				_, err := w.DetachUserPolicy(ctx, root, &DetachUserPolicyInput{UserName: "alice", PolicyArn: arn})
				return err
			}, notFound, "", "ok",
		},
		{
			"TagPolicy", func(arn string) error {
				_, err := w.TagPolicy(ctx, root, &TagPolicyInput{PolicyArn: arn, Tags: tags("a=1")})
				return err
			}, notFound, "", "400 InvalidInput: Tags not supported for policies in this domain",
		},
		{
			"UntagPolicy", func(arn string) error {
				_, err := w.UntagPolicy(ctx, root, &UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"a"}})
				return err
			}, notFound, "", "400 InvalidInput: Tags not supported for policies in this domain",
		},
		{
			"ListPolicyTags", func(arn string) error {
				_, err := w.ListPolicyTags(ctx, root, &ListPolicyTagsInput{PolicyArn: arn})
				return err
			}, notFound, "", "400 InvalidInput: Tags not supported for policies in this domain",
		},
		{
			"DeletePolicy", func(arn string) error {
				_, err := w.DeletePolicy(ctx, root, &DeletePolicyInput{PolicyArn: arn})
				return err
			}, notFound, "403 AccessDenied: Cannot delete policies " + outside, "403 AccessDenied: Cannot delete policies " + outside,
		},
		{
			"CreatePolicyVersion", func(arn string) error {
				_, err := w.CreatePolicyVersion(ctx, root, &CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: allowAll})
				return err
			}, attachable, "403 AccessDenied: Cannot create versions for policies " + outside, "403 AccessDenied: Cannot create versions for policies " + outside,
		},
		{
			"SetDefaultPolicyVersion", func(arn string) error {
				_, err := w.SetDefaultPolicyVersion(ctx, root, &SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: "v1"})
				return err
			}, version, "403 AccessDenied: Cannot update policies " + outside, "403 AccessDenied: Cannot update policies " + outside,
		},
		{
			"DeletePolicyVersion", func(arn string) error {
				_, err := w.DeletePolicyVersion(ctx, root, &DeletePolicyVersionInput{PolicyArn: arn, VersionId: "v1"})
				return err
			}, version, "403 AccessDenied: Cannot delete policy versions for policies " + outside,
			"403 AccessDenied: Cannot delete policy versions for policies " + outside,
		},
	} {
		t.Run(action.name, func(t *testing.T) {
			for _, arn := range []string{missing, otherPath, otherCase} {
				check(t, verdict(action.do(arn)), strings.Replace(action.none, "ARN", arn, 1))
			}
			for _, arn := range []string{theirs, notThere, notOfAWS, ofNeither} {
				want := action.them
				if want == "" {
					want = action.none
				}
				check(t, verdict(action.do(arn)), strings.Replace(want, "ARN", arn, 1))
			}
			for _, arn := range []string{
				"longpolicynamebutnoarn", "arn:aws:iam::111111111111:user/alice", "arn:aws-cn:iam::111111111111:policy/Path/Mine",
				"arn:aws:s3::111111111111:policy/Path/Mine", "arn:aws:iam:us-east-1:111111111111:policy/Path/Mine",
				"arn:aws:iam::1111:policy/Path/Mine", "arn:aws:iam::111111111111:policy/Path/Mine ", "arn:aws:iam::111111111111:policy/a\x00b",
			} {
				check(t, verdict(action.do(arn)), "400 ValidationError: ARN "+arn+" is not valid.")
			}
			check(t, verdict(action.do(readOnly)), action.aws)
		})
	}
	if got := w.getPolicy("arn:aws:iam::111111111111:policy/Path/Mine"); got.DefaultVersionId != "v1" || len(got.Tags) > 0 {
		t.Errorf("after all that: %+v", got)
	}
}

func TestPolicyVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	arn := w.policy(account, "", "p").Arn
	versions := func() string {
		var names []string
		for _, v := range must(w.ListPolicyVersions(ctx, root, &ListPolicyVersionsInput{PolicyArn: arn}))(t).Versions {
			if v.Document != "" {
				t.Errorf("a listed version has a document: %+v", v)
			}
			if v.IsDefaultVersion {
				v.VersionId += "!"
			}
			names = append(names, v.VersionId)
		}
		return strings.Join(names, " ")
	}
	del := func(version string) string {
		return answer(w.DeletePolicyVersion(ctx, root, &DeletePolicyVersionInput{PolicyArn: arn, VersionId: version}))
	}
	for i := range 4 {
		w.now = w.now.Add(time.Minute)
		w.version(arn, i == 1)
	}
	check(t, versions(), "v5 v4 v3! v2 v1")
	read := w.getPolicy(arn)
	if read.DefaultVersionId != "v3" || !read.CreateDate.Equal(start) || !read.UpdateDate.Equal(start.Add(4*time.Minute)) {
		t.Errorf("with five versions: %+v", read)
	}
	sixth := &CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: allowAll, SetAsDefault: true}
	check(t, answer(w.CreatePolicyVersion(ctx, root, sixth)), "409 LimitExceeded: A managed policy can have up to 5 versions. "+
		"Before you create a new version, you must delete an existing version.")
	check(t, del("v3"), "409 DeleteConflict: Cannot delete the default version of a policy.")
	check(t, del("v9"), "404 NoSuchEntity: Policy "+arn+" version v9 does not exist or is not attachable.")
	check(t, del("v3.x"), "404 NoSuchEntity: Policy "+arn+" version v3.x does not exist or is not attachable.")
	check(t, del("v99999999999999999999"), "404 NoSuchEntity: Policy "+arn+" version v99999999999999999999 does not exist or is not attachable.")
	check(t, del("v5"), "ok")
	check(t, del("v5"), "404 NoSuchEntity: Policy "+arn+" version v5 does not exist or is not attachable.")
	check(t, w.version(arn, false), "v6") // and not v5 again
	check(t, del("v1"), "ok")
	set := &SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: "v6"}
	check(t, answer(w.SetDefaultPolicyVersion(ctx, root, set)), "ok")
	check(t, answer(w.SetDefaultPolicyVersion(ctx, root, set)), "ok")
	check(t, versions(), "v6! v4 v3 v2")
	check(t, answer(w.DeletePolicy(ctx, root, &DeletePolicyInput{PolicyArn: arn})), "409 DeleteConflict: This policy has more than "+
		"one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	for _, version := range []string{"v4", "v3", "v2"} {
		check(t, del(version), "ok")
	}
	check(t, answer(w.DeletePolicy(ctx, root, &DeletePolicyInput{PolicyArn: arn})), "ok")
	check(t, answer(w.DeletePolicy(ctx, root, &DeletePolicyInput{PolicyArn: arn})), "404 NoSuchEntity: Policy "+arn+" was not found.")
	if again := w.policy(account, "", "p"); again.DefaultVersionId != "v1" {
		t.Errorf("made again: %+v", again)
	}
	check(t, versions(), "v1!")
}

func TestPolicyVersionPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	arn, other := w.policy(account, "", "p").Arn, w.policy(account, "", "q").Arn
	for range 4 {
		w.version(arn, false)
	}
	var got []string
	in := &ListPolicyVersionsInput{PolicyArn: arn, MaxItems: 2}
	for {
		out := must(w.ListPolicyVersions(t.Context(), w.root(account), in))(t)
		for _, v := range out.Versions {
			got = append(got, v.VersionId)
		}
		got = append(got, "|")
		if !out.IsTruncated {
			break
		}
		in.Marker = out.Marker
	}
	check(t, strings.Join(got, " "), "v5 v4 | v3 v2 | v1 |")
	check(t, answer(w.ListPolicyVersions(t.Context(), w.root(account), &ListPolicyVersionsInput{PolicyArn: other, Marker: in.Marker})),
		"400 ValidationError: Invalid Marker.")
}

func TestPolicyDocumentsComeBackUnchanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	document := "\r\n\t" + strings.Replace(allowAll, `"Action"`, "  \"Sid\" :\n\"\",\"Condition\":{\"StringLike\":{\"aws:ResourceTag/\u00e9%3A+\":\"a+b%20c\"}},\"Action\"", 1) + "  "
	created := must(w.CreatePolicy(t.Context(), w.root(account), &CreatePolicyInput{PolicyName: "p", PolicyDocument: document}))(t).Policy
	out := must(w.GetPolicyVersion(t.Context(), w.root(account), &GetPolicyVersionInput{PolicyArn: created.Arn, VersionId: "v1"}))(t)
	got, err := url.PathUnescape(out.PolicyVersion.Document)
	if err != nil || got != document {
		t.Errorf("%q came back as %q, %v", document, got, err)
	}
	out.PolicyVersion.Document = ""
	if diff := cmp.Diff(PolicyVersion{VersionId: "v1", IsDefaultVersion: true, CreateDate: start}, out.PolicyVersion); diff != "" {
		t.Errorf("GetPolicyVersion (-want +got):\n%s", diff)
	}
}

func TestAWSManagedPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	for _, p := range awspolicy.All() {
		want := Policy{
			PolicyName: p.Name, PolicyId: p.ID, Arn: p.ARN, Path: p.Path, DefaultVersionId: p.DefaultVersionID, IsAttachable: true,
			Description: p.Description, CreateDate: p.CreatedAt, UpdateDate: p.UpdatedAt, Tags: []Tag{},
		}
		if diff := cmp.Diff(want, w.getPolicy(p.ARN)); diff != "" {
			t.Errorf("GetPolicy %s (-want +got):\n%s", p.Name, diff)
		}
		version := PolicyVersion{VersionId: p.DefaultVersionID, IsDefaultVersion: true, CreateDate: p.UpdatedAt}
		listed := must(w.ListPolicyVersions(ctx, root, &ListPolicyVersionsInput{PolicyArn: p.ARN}))(t)
		if diff := cmp.Diff(&ListPolicyVersionsOutput{Versions: []PolicyVersion{version}}, listed); diff != "" {
			t.Errorf("ListPolicyVersions %s (-want +got):\n%s", p.Name, diff)
		}
		version.Document = encodeDocument(p.Document)
		read := must(w.GetPolicyVersion(ctx, root, &GetPolicyVersionInput{PolicyArn: p.ARN, VersionId: p.DefaultVersionID}))(t)
		if diff := cmp.Diff(version, read.PolicyVersion); diff != "" {
			t.Errorf("GetPolicyVersion %s (-want +got):\n%s", p.Name, diff)
		}
		check(t, answer(w.GetPolicyVersion(ctx, root, &GetPolicyVersionInput{PolicyArn: p.ARN, VersionId: "v99"})),
			"404 NoSuchEntity: Policy "+p.ARN+" version v99 does not exist or is not attachable.")
	}
}

func TestPolicyTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	arn := must(w.CreatePolicy(ctx, root, &CreatePolicyInput{PolicyName: "p", PolicyDocument: allowAll, Tags: tags("a=1 b=2")}))(t).Policy.Arn
	list := func() string {
		var all []string
		for _, tag := range must(w.ListPolicyTags(ctx, root, &ListPolicyTagsInput{PolicyArn: arn}))(t).Tags {
			all = append(all, tag.Key+"="+*tag.Value)
		}
		return strings.Join(all, " ")
	}
	check(t, answer(w.TagPolicy(ctx, root, &TagPolicyInput{PolicyArn: arn, Tags: tags("A=3 b= c=4")})), "ok")
	check(t, list(), "A=3 a=1 b= c=4")
	check(t, answer(w.UntagPolicy(ctx, root, &UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"a", "c", "none"}})), "ok")
	check(t, list(), "A=3 b=")
	check(t, answer(w.TagPolicy(ctx, root, &TagPolicyInput{PolicyArn: arn, Tags: tags("d=1 d=2")})), "400 InvalidInput: Duplicate tag keys found.")
	var many []Tag
	for i := range 49 {
		many = append(many, Tag{Key: fmt.Sprintf("k%d", i), Value: text("")})
	}
	check(t, answer(w.TagPolicy(ctx, root, &TagPolicyInput{PolicyArn: arn, Tags: many})),
		"409 LimitExceeded: The number of tags has reached the maximum limit.")
	check(t, list(), "A=3 b=")
	page := must(w.ListPolicyTags(ctx, root, &ListPolicyTagsInput{PolicyArn: arn, MaxItems: 1}))(t)
	rest := must(w.ListPolicyTags(ctx, root, &ListPolicyTagsInput{PolicyArn: arn, MaxItems: 1, Marker: page.Marker}))(t)
	if !page.IsTruncated || len(rest.Tags) != 1 || rest.Tags[0].Key != "b" || rest.IsTruncated {
		t.Errorf("pages: %+v, %+v", page, rest)
	}
	id := w.getPolicy(arn).PolicyId
	check(t, answer(w.DeletePolicy(ctx, root, &DeletePolicyInput{PolicyArn: arn})), "ok")
	w.change(func(ctx context.Context, tx *store.Tx) error {
		left, err := tx.Tags(ctx, id)
		if len(left) > 0 {
			t.Errorf("tags of the deleted policy: %v", left)
		}
		return err
	})
}

// TestVersionsInParallel has several callers add versions to one policy: none may be lost, and none share a number.
func TestVersionsInParallel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	arn := w.policy(account, "", "p").Arn
	var callers sync.WaitGroup
	names := make(chan string, 8)
	for range 8 {
		callers.Go(func() {
			out, err := w.CreatePolicyVersion(t.Context(), w.root(account), &CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: allowAll})
			if err == nil {
				names <- out.PolicyVersion.VersionId
			}
		})
	}
	callers.Wait()
	close(names)
	seen := map[string]bool{}
	for name := range names {
		seen[name] = true
	}
	if diff := cmp.Diff(map[string]bool{"v2": true, "v3": true, "v4": true, "v5": true}, seen); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
}
