package iam

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// attachments are the actions on what is attached to one kind of entity.
type attachments struct {
	kind           aws.ResourceType
	attach, detach func(call aws.Call, name, arn string) error
	list           func(call aws.Call, name, prefix, marker string, maxItems int32) (AttachedPolicyPage, error)
}

func (w *world) attachments() []attachments {
	ctx := w.t.Context()
	fails := func(_ *query.NoResult, err error) error { return err }
	return []attachments{
		{
			aws.UserResource,
			func(call aws.Call, name, arn string) error {
				return fails(w.AttachUserPolicy(ctx, call, &AttachUserPolicyInput{UserName: name, PolicyArn: arn}))
			},
			func(call aws.Call, name, arn string) error {
				return fails(w.DetachUserPolicy(ctx, call, &DetachUserPolicyInput{UserName: name, PolicyArn: arn}))
			},
			func(call aws.Call, name, prefix, marker string, maxItems int32) (AttachedPolicyPage, error) {
				out, err := w.ListAttachedUserPolicies(ctx, call, &ListAttachedUserPoliciesInput{name, prefix, marker, maxItems})
				if err != nil {
					return AttachedPolicyPage{}, err
				}
				return out.AttachedPolicyPage, nil
			},
		},
		{
			aws.GroupResource,
			func(call aws.Call, name, arn string) error {
				return fails(w.AttachGroupPolicy(ctx, call, &AttachGroupPolicyInput{GroupName: name, PolicyArn: arn}))
			},
			func(call aws.Call, name, arn string) error {
				return fails(w.DetachGroupPolicy(ctx, call, &DetachGroupPolicyInput{GroupName: name, PolicyArn: arn}))
			},
			func(call aws.Call, name, prefix, marker string, maxItems int32) (AttachedPolicyPage, error) {
				out, err := w.ListAttachedGroupPolicies(ctx, call, &ListAttachedGroupPoliciesInput{name, prefix, marker, maxItems})
				if err != nil {
					return AttachedPolicyPage{}, err
				}
				return out.AttachedPolicyPage, nil
			},
		},
		{
			aws.RoleResource,
			func(call aws.Call, name, arn string) error {
				return fails(w.AttachRolePolicy(ctx, call, &AttachRolePolicyInput{RoleName: name, PolicyArn: arn}))
			},
			func(call aws.Call, name, arn string) error {
				return fails(w.DetachRolePolicy(ctx, call, &DetachRolePolicyInput{RoleName: name, PolicyArn: arn}))
			},
			func(call aws.Call, name, prefix, marker string, maxItems int32) (AttachedPolicyPage, error) {
				out, err := w.ListAttachedRolePolicies(ctx, call, &ListAttachedRolePoliciesInput{name, prefix, marker, maxItems})
				if err != nil {
					return AttachedPolicyPage{}, err
				}
				return out.AttachedPolicyPage, nil
			},
		},
	}
}

// attached is the names of the policies of an entity, with where they are from.
func (a attachments) attached(t *testing.T, call aws.Call, name, prefix string) string {
	t.Helper()
	page, err := a.list(call, name, prefix, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range page.AttachedPolicies {
		if !strings.HasSuffix(p.PolicyArn, "/"+p.PolicyName) {
			t.Errorf("%+v", p)
		}
		names = append(names, strings.TrimPrefix(p.PolicyArn, "arn:aws:iam::"))
	}
	return strings.Join(names, " ")
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine := w.policy(account, "/Team/", "Mine").Arn
	like := w.policy(account, "", "ReadOnlyAccess").Arn
	theirs := w.policy(foreign, "", "theirs").Arn
	for _, a := range w.attachments() {
		w.entity(account, a.kind, "/", "Alice", "")
		w.entity(foreign, a.kind, "/", "mallory", "")
		t.Run(string(a.kind), func(t *testing.T) {
			root := w.root(account)
			for _, arn := range []string{readOnly, mine, like, mine} {
				check(t, verdict(a.attach(root, "aLICE", arn)), "ok")
			}
			check(t, a.attached(t, root, "ALICE", ""), "111111111111:policy/Team/Mine 111111111111:policy/ReadOnlyAccess aws:policy/ReadOnlyAccess")
			check(t, a.attached(t, root, "Alice", "/Team/"), "111111111111:policy/Team/Mine")
			check(t, a.attached(t, root, "Alice", "/team/"), "")
			nobody := "404 NoSuchEntity: The " + string(a.kind) + " with name mallory cannot be found."
			check(t, verdict(a.attach(root, "mallory", mine)), nobody)
			check(t, verdict(a.detach(root, "mallory", mine)), nobody)
			_, err := a.list(root, "mallory", "", "", 0)
			check(t, verdict(err), nobody)
			check(t, verdict(a.attach(root, "mallory", theirs)), nobody) // the entity comes first
			check(t, verdict(a.attach(w.root(foreign), "mallory", mine)),
				"404 NoSuchEntity: Policy "+mine+" does not exist or is not attachable.")

			check(t, verdict(a.detach(root, "alice", like)), "ok")
			check(t, verdict(a.detach(root, "alice", like)), "404 NoSuchEntity: Policy "+like+" was not found.")
			check(t, a.attached(t, root, "Alice", ""), "111111111111:policy/Team/Mine aws:policy/ReadOnlyAccess")
			first, err := a.list(root, "alice", "", "", 1)
			check(t, verdict(err), "ok")
			second, err := a.list(root, "alice", "", first.Marker, 1)
			check(t, verdict(err), "ok")
			want := AttachedPolicyPage{AttachedPolicies: []AttachedPolicy{{"ReadOnlyAccess", readOnly}}}
			if diff := cmp.Diff(want, second); diff != "" || !first.IsTruncated || first.AttachedPolicies[0].PolicyArn != mine {
				t.Errorf("pages: %+v, then (-want +got):\n%s", first, diff)
			}
		})
	}
	if got := w.getPolicy(mine); got.AttachmentCount != 3 || got.PermissionsBoundaryUsageCount != 0 {
		t.Errorf("attached three times: %+v", got)
	}
	if got := must(w.GetPolicy(t.Context(), w.root(foreign), &GetPolicyInput{PolicyArn: readOnly}))(t).Policy; got.AttachmentCount != 0 {
		t.Errorf("attached in another account only: %+v", got)
	}
	check(t, answer(w.DeletePolicy(t.Context(), w.root(account), &DeletePolicyInput{PolicyArn: mine})),
		"409 DeleteConflict: Cannot delete a policy attached to entities.")
	for _, a := range w.attachments() {
		check(t, verdict(a.detach(w.root(account), "Alice", mine)), "ok")
	}
	check(t, answer(w.DeletePolicy(t.Context(), w.root(account), &DeletePolicyInput{PolicyArn: mine})), "ok")
}

func TestAttachmentQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var arns []string
	for i := range 11 {
		arns = append(arns, w.policy(account, "", fmt.Sprintf("p%d", i)).Arn)
	}
	names := map[aws.ResourceType]string{aws.UserResource: "PoliciesPerUser", aws.GroupResource: "PoliciesPerGroup", aws.RoleResource: "PoliciesPerRole"}
	for _, a := range w.attachments() {
		w.entity(account, a.kind, "/", "alice", "")
		for _, arn := range arns[:10] {
			check(t, verdict(a.attach(w.root(account), "alice", arn)), "ok")
		}
		check(t, verdict(a.attach(w.root(account), "alice", arns[10])), "409 LimitExceeded: Cannot exceed quota for "+names[a.kind]+": 10")
		check(t, verdict(a.attach(w.root(account), "alice", arns[3])), "ok")
		check(t, verdict(a.detach(w.root(account), "alice", arns[3])), "ok")
		check(t, verdict(a.attach(w.root(account), "alice", arns[10])), "ok")
	}
}

func TestBoundaryKeepsPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	arn := w.policy(account, "", "boundary").Arn
	w.entity(account, aws.UserResource, "/", "alice", arn)
	w.entity(account, aws.RoleResource, "/", "deploy", arn)
	w.entity(foreign, aws.RoleResource, "/", "deploy", arn)
	if got := w.getPolicy(arn); got.AttachmentCount != 0 || got.PermissionsBoundaryUsageCount != 2 {
		t.Errorf("used as a boundary twice: %+v", got)
	}
	check(t, answer(w.DeletePolicy(t.Context(), w.root(account), &DeletePolicyInput{PolicyArn: arn})),
		"409 DeleteConflict: Cannot delete a policy attached to entities.")
}

// TestAttachWhileDeleting has one caller attach a policy and one delete it: one of them must be refused.
func TestAttachWhileDeleting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.entity(account, aws.UserResource, "/", "alice", "")
	for i := range 20 {
		arn := w.policy(account, "", fmt.Sprintf("p%d", i)).Arn
		var attached, deleted error
		var callers sync.WaitGroup
		callers.Go(func() {
			_, attached = w.AttachUserPolicy(t.Context(), w.root(account), &AttachUserPolicyInput{UserName: "alice", PolicyArn: arn})
		})
		callers.Go(func() { _, deleted = w.DeletePolicy(t.Context(), w.root(account), &DeletePolicyInput{PolicyArn: arn}) })
		callers.Wait()
		if (attached == nil) == (deleted == nil) {
			t.Fatalf("attach: %v, delete: %v", attached, deleted)
		}
		if attached == nil {
			must(w.DetachUserPolicy(t.Context(), w.root(account), &DetachUserPolicyInput{UserName: "alice", PolicyArn: arn}))(t)
		}
	}
}
