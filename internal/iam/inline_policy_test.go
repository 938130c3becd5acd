package iam

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// inline is the four actions on the inline policies of one kind of entity.
type inline struct {
	kind   aws.ResourceType
	most   int
	put    func(call aws.Call, name, policyName, document string) string
	get    func(call aws.Call, name, policyName string) (entityName, foundName, document, verdict string)
	list   func(call aws.Call, name, marker string, maxItems int32) (InlinePolicyPage, string)
	delete func(call aws.Call, name, policyName string) string
}

// inlines makes a user, a group and a role called Jo, in both accounts.
func (w *world) inlines() []inline {
	w.t.Helper()
	ctx := w.t.Context()
	for _, id := range []string{account, foreign} {
		w.user(id, "Jo")
		must(w.CreateGroup(ctx, w.root(id), &CreateGroupInput{GroupName: "Jo"}))(w.t)
		w.role(id, "Jo", trustingAWS("*"))
	}
	return []inline{
		{
			aws.UserResource, 2048,
			func(call aws.Call, name, p, document string) string {
				return answer(w.PutUserPolicy(ctx, call, &PutUserPolicyInput{name, p, document}))
			},
			func(call aws.Call, name, p string) (string, string, string, string) {
				out, err := w.GetUserPolicy(ctx, call, &GetUserPolicyInput{name, p})
				if err != nil {
					return "", "", "", verdict(err)
				}
				return out.UserName, out.PolicyName, out.PolicyDocument, "ok"
			},
			func(call aws.Call, name, marker string, maxItems int32) (InlinePolicyPage, string) {
				out, err := w.ListUserPolicies(ctx, call, &ListUserPoliciesInput{name, marker, maxItems})
				if err != nil {
					return InlinePolicyPage{}, verdict(err)
				}
				return out.InlinePolicyPage, "ok"
			},
			func(call aws.Call, name, p string) string {
				return answer(w.DeleteUserPolicy(ctx, call, &DeleteUserPolicyInput{name, p}))
			},
		},
		{
			aws.GroupResource, 5120,
			func(call aws.Call, name, p, document string) string {
				return answer(w.PutGroupPolicy(ctx, call, &PutGroupPolicyInput{name, p, document}))
			},
			func(call aws.Call, name, p string) (string, string, string, string) {
				out, err := w.GetGroupPolicy(ctx, call, &GetGroupPolicyInput{name, p})
				if err != nil {
					return "", "", "", verdict(err)
				}
				return out.GroupName, out.PolicyName, out.PolicyDocument, "ok"
			},
			func(call aws.Call, name, marker string, maxItems int32) (InlinePolicyPage, string) {
				out, err := w.ListGroupPolicies(ctx, call, &ListGroupPoliciesInput{name, marker, maxItems})
				if err != nil {
					return InlinePolicyPage{}, verdict(err)
				}
				return out.InlinePolicyPage, "ok"
			},
			func(call aws.Call, name, p string) string {
				return answer(w.DeleteGroupPolicy(ctx, call, &DeleteGroupPolicyInput{name, p}))
			},
		},
		{
			aws.RoleResource, 10240,
			func(call aws.Call, name, p, document string) string {
				return answer(w.PutRolePolicy(ctx, call, &PutRolePolicyInput{name, p, document}))
			},
			func(call aws.Call, name, p string) (string, string, string, string) {
				out, err := w.GetRolePolicy(ctx, call, &GetRolePolicyInput{name, p})
				if err != nil {
					return "", "", "", verdict(err)
				}
				return out.RoleName, out.PolicyName, out.PolicyDocument, "ok"
			},
			func(call aws.Call, name, marker string, maxItems int32) (InlinePolicyPage, string) {
				out, err := w.ListRolePolicies(ctx, call, &ListRolePoliciesInput{name, marker, maxItems})
				if err != nil {
					return InlinePolicyPage{}, verdict(err)
				}
				return out.InlinePolicyPage, "ok"
			},
			func(call aws.Call, name, p string) string {
				return answer(w.DeleteRolePolicy(ctx, call, &DeleteRolePolicyInput{name, p}))
			},
		},
	}
}

// eachInline runs a test for users, groups and roles.
func eachInline(t *testing.T, test func(t *testing.T, w *world, i inline)) {
	w := newWorld(t)
	for _, i := range w.inlines() {
		t.Run(string(i.kind), func(t *testing.T) { test(t, w, i) })
	}
}

// sized is a document of so many characters that are no white space, and some that are.
func sized(characters int) string {
	document := strings.Replace(allowAll, "{", "{\n\t ", 1)
	return strings.Replace(document, `"Effect"`, `"Sid":"`+strings.Repeat("x", characters-len(allowAll)-len(`"Sid":"",`))+`","Effect"`, 1)
}

func TestInlinePolicyByteForByte(t *testing.T) {
	t.Parallel()
	eachInline(t, func(t *testing.T, w *world, i inline) {
		for _, document := range []string{
			allowAll,
			" {\r\n\t\"Version\" : \"2008-10-17\",\"Statement\" :[\n{\"Effect\":\"Allow\" ,\"Action\":[ \"iam:*\" ],\"Resource\":\"*\"} ] }\n",
			`{"Version":"2012-10-17","Statement":[{"Sid":"\u0061","Effect":"Deny","NotAction":"s3:Get%3A*","Resource":"arn:aws:s3:::b\/\u002a","Condition":{"StringEquals":{"aws:PrincipalTag/x":"+&=<>%20é\\ \u00e9"}}}]}`,
		} {
			check(t, i.put(w.root(account), "jO", "Policy", document), "ok")
			name, policyName, got, verdict := i.get(w.root(account), "JO", "Policy")
			check(t, name+" "+policyName+" "+verdict, "Jo Policy ok")
			check(t, decoded(t, got), document)
			if strings.ContainsAny(got, " +\n{\"/:") {
				t.Errorf("not encoded: %s", got)
			}
		}
		page, _ := i.list(w.root(account), "jo", "", 0)
		if diff := cmp.Diff(InlinePolicyPage{PolicyNames: []string{"Policy"}}, page); diff != "" {
			t.Errorf("overwritten thrice (-want +got):\n%s", diff)
		}
	})
}

func TestInlinePolicySize(t *testing.T) {
	t.Parallel()
	eachInline(t, func(t *testing.T, w *world, i inline) {
		root := w.root(account)
		if got := policy.Size(sized(200)); got != 200 {
			t.Fatalf("a document of %d characters, want 200", got)
		}
		tooLong := fmt.Sprintf("409 LimitExceeded: Maximum policy size of %d bytes exceeded for %s Jo", i.most, i.kind)
		check(t, i.put(root, "jo", "a", sized(i.most+1)), tooLong)
		check(t, i.put(root, "jo", "a", sized(i.most)), "ok")
		check(t, i.put(root, "jo", "b", allowAll), tooLong)
		check(t, i.put(root, "jo", "a", sized(i.most-1)), "ok")
		check(t, i.put(root, "jo", "a", sized(i.most-len(allowAll))), "ok")
		check(t, i.put(root, "jo", "b", allowAll), "ok")
		check(t, i.put(root, "jo", "a", sized(i.most-len(allowAll)+1)), tooLong)
		_, _, document, _ := i.get(root, "jo", "a")
		check(t, decoded(t, document), sized(i.most-len(allowAll)))
		check(t, i.put(w.root(foreign), "jo", "a", sized(i.most)), "ok")
		check(t, i.delete(root, "jo", "b"), "ok")
		check(t, i.put(root, "jo", "a", sized(i.most)), "ok")
	})
}

func TestInlinePolicyNames(t *testing.T) {
	t.Parallel()
	eachInline(t, func(t *testing.T, w *world, i inline) {
		root := w.root(account)
		page, _ := i.list(root, "jo", "", 0)
		if diff := cmp.Diff(InlinePolicyPage{PolicyNames: []string{}}, page); diff != "" {
			t.Errorf("none (-want +got):\n%s", diff)
		}
		for _, name := range []string{"b", "a", "C", "=+,.@_-", "A", "ab"} {
			check(t, i.put(root, "jo", name, allowAll), "ok")
		}
		check(t, i.put(w.root(foreign), "jo", "theirs", allowAll), "ok")
		var names []string
		marker := ""
		for range 3 {
			page, verdict := i.list(root, "JO", marker, 2)
			check(t, verdict, "ok")
			names, marker = append(names, page.PolicyNames...), page.Marker
			if page.IsTruncated != (marker != "") {
				t.Errorf("truncated %v, marker %q", page.IsTruncated, marker)
			}
		}
		if diff := cmp.Diff([]string{"=+,.@_-", "A", "a", "ab", "b", "C"}, names); diff != "" || marker != "" {
			t.Errorf("marker %q, names (-want +got):\n%s", marker, diff)
		}
		page, _ = i.list(root, "jo", "", 2)
		_, verdict := i.list(w.root(foreign), "jo", page.Marker, 2)
		check(t, verdict, "400 ValidationError: Invalid Marker.")
	})
}

func TestInlinePolicyRefusals(t *testing.T) {
	t.Parallel()
	eachInline(t, func(t *testing.T, w *world, i inline) {
		root := w.root(account)
		noEntity := fmt.Sprintf("404 NoSuchEntity: The %s with name Nobody cannot be found.", i.kind)
		noPolicy := fmt.Sprintf("404 NoSuchEntity: The %s policy with name p cannot be found.", i.kind)
		check(t, i.put(root, "Nobody", "p", allowAll), noEntity)
		_, _, _, verdict := i.get(root, "Nobody", "p")
		check(t, verdict, noEntity)
		_, verdict = i.list(root, "Nobody", "", 0)
		check(t, verdict, noEntity)
		check(t, i.delete(root, "Nobody", "p"), noEntity)

		check(t, i.put(w.root(foreign), "jo", "p", allowAll), "ok")
		_, _, _, verdict = i.get(root, "jo", "p")
		check(t, verdict, noPolicy)
		check(t, i.delete(root, "jo", "p"), noPolicy)

		w.AWSMessagesOnly = true
		check(t, i.put(root, "jo", "p", `{"Statement":{"Effect":"Allow","Action":"*"}}`), "400 MalformedPolicyDocument: Policy statement must contain resources.")
		check(t, i.put(root, "jo", "p", strings.Replace(allowAll, `"Action"`, `"Principal":"*","Action"`, 1)),
			"400 MalformedPolicyDocument: Policy document should not specify a principal.")
		w.AWSMessagesOnly = false
		check(t, i.delete(root, "jo", "p"), noPolicy)
		_, _, _, verdict = i.get(w.root(foreign), "jo", "p")
		check(t, verdict, "ok")
		check(t, i.delete(w.root(foreign), "JO", "p"), "ok")
		check(t, i.delete(w.root(foreign), "jo", "p"), noPolicy)
	})
}

// Two policies that fit one at a time are not both there, whoever is first.
func TestInlinePolicyRace(t *testing.T) {
	t.Parallel()
	eachInline(t, func(t *testing.T, w *world, i inline) {
		var group sync.WaitGroup
		answers := make([]string, 4)
		for n := range answers {
			group.Go(func() {
				answers[n] = i.put(w.root(account), "jo", fmt.Sprint("p", n), sized(i.most/2+1))
			})
		}
		group.Wait()
		slices.Sort(answers)
		tooLong := fmt.Sprintf("409 LimitExceeded: Maximum policy size of %d bytes exceeded for %s Jo", i.most, i.kind)
		if diff := cmp.Diff([]string{tooLong, tooLong, tooLong, "ok"}, answers); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// Two documents for one policy at the same time: one of them is there, whole.
func TestInlinePolicyOverwriteRace(t *testing.T) {
	t.Parallel()
	eachInline(t, func(t *testing.T, w *world, i inline) {
		documents := []string{sized(i.most), sized(i.most - 1)}
		var group sync.WaitGroup
		for _, document := range documents {
			group.Go(func() { check(t, i.put(w.root(account), "jo", "p", document), "ok") })
		}
		group.Wait()
		_, _, got, _ := i.get(w.root(account), "jo", "p")
		if !slices.Contains(documents, decoded(t, got)) {
			t.Errorf("neither document: %s", got)
		}
	})
}

// The policies of who is deleted and made again are not there: they go by the unique id.
func TestInlinePoliciesGoByID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	w.user(account, "jo")
	must(w.PutUserPolicy(ctx, root, &PutUserPolicyInput{"jo", "p", allowAll}))(t)
	must(w.UpdateUser(ctx, root, &UpdateUserInput{UserName: "jo", NewUserName: "joe"}))(t)
	got := must(w.GetUserPolicy(ctx, root, &GetUserPolicyInput{"joe", "p"}))(t)
	check(t, got.UserName+" "+decoded(t, got.PolicyDocument), "joe "+allowAll)
	w.user(account, "jo")
	check(t, answer(w.GetUserPolicy(ctx, root, &GetUserPolicyInput{"jo", "p"})), "404 NoSuchEntity: The user policy with name p cannot be found.")
	w.change(func(ctx context.Context, tx *store.Tx) error { // as if it had been deleted with its policies
		user, err := tx.UserByName(ctx, store.UserByNameParams{AccountID: account, NameKey: "joe"})
		if err != nil {
			return err
		}
		_, err = tx.DeleteUser(ctx, user.UserID)
		return err
	})
	w.user(account, "joe")
	check(t, answer(w.GetUserPolicy(ctx, root, &GetUserPolicyInput{"joe", "p"})), "404 NoSuchEntity: The user policy with name p cannot be found.")
}
