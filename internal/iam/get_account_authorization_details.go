package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awspolicy"
	"github.com/daypass/daypass/internal/store"
)

// maxDetailSize is how many characters of policy documents end a page before it has as many items as were asked for: all
// documents of an account are too much for one answer.
const maxDetailSize = 4 << 20

// GetAccountAuthorizationDetailsInput has the parameters of GetAccountAuthorizationDetails (aws-iam section 13).
type GetAccountAuthorizationDetailsInput struct {
	Filter   []string `enum:"User,Role,Group,LocalManagedPolicy,AWSManagedPolicy"`
	MaxItems int32    `min:"1" max:"1000"`
	Marker   string   `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
}

// Permissions is not about a resource.
func (in *GetAccountAuthorizationDetailsInput) Permissions(aws.Call) []aws.Permission {
	return onNothing()
}

// GetAccountAuthorizationDetailsOutput is one page of all four lists together.
type GetAccountAuthorizationDetailsOutput struct {
	UserDetailList  []UserDetail
	GroupDetailList []GroupDetail
	RoleDetailList  []RoleDetail
	Policies        []ManagedPolicyDetail
	IsTruncated     bool
	Marker          string
}

// GetAccountAuthorizationDetails returns who is in the account and what they are permitted: users, groups, roles, the
// account's own policies, and those of AWS that it uses, one after the other and each by name (aws-iam sections 2.4 and
// 13).
func (s *Service) GetAccountAuthorizationDetails(ctx context.Context, call aws.Call, in *GetAccountAuthorizationDetailsInput) (*GetAccountAuthorizationDetailsOutput, error) {
	filter := slices.Sorted(slices.Values(in.Filter))
	page, err := newPage(in.Marker, in.MaxItems, slices.Concat([]string{"GetAccountAuthorizationDetails", call.Caller.AccountID}, filter)...)
	if err != nil {
		return nil, err
	}
	var out *GetAccountAuthorizationDetailsOutput
	err = s.view(ctx, func(tx *store.Tx) (err error) {
		d := &detailPage{page: page, accountID: call.Caller.AccountID}
		out, err = d.read(ctx, tx, filter)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// detailPage is a page that is being filled.
type detailPage struct {
	page
	accountID string
	out       GetAccountAuthorizationDetailsOutput
	items     int
	size      int    // of the documents
	last      string // key of the last item
	uses      map[string]policyUse
}

// read fills the page from one list after the other, until it is full.
func (d *detailPage) read(ctx context.Context, tx *store.Tx, filter []string) (*GetAccountAuthorizationDetailsOutput, error) {
	d.out = GetAccountAuthorizationDetailsOutput{
		UserDetailList: []UserDetail{}, GroupDetailList: []GroupDetail{}, RoleDetailList: []RoleDetail{}, Policies: []ManagedPolicyDetail{},
	}
	var err error
	if d.uses, err = usesOf(ctx, tx, d.accountID); err != nil {
		return nil, err
	}
	for _, list := range []struct {
		rank, filter string // the rank begins the keys, and is the order of the lists
		read         func(context.Context, *store.Tx, string, string) (more bool, err error)
	}{
		{"1", "User", d.readUsers},
		{"2", "Group", d.readGroups},
		{"3", "Role", d.readRoles},
		{"4", "LocalManagedPolicy", d.readOwnPolicies},
		{"5", "AWSManagedPolicy", d.readAWSPolicies},
	} {
		after, begun := strings.CutPrefix(d.after, list.rank)
		if !begun && d.after > list.rank || len(filter) > 0 && !slices.Contains(filter, list.filter) {
			continue
		}
		if !begun {
			after = ""
		}
		more, err := list.read(ctx, tx, list.rank, after)
		if err != nil {
			return nil, err
		}
		if more {
			d.out.IsTruncated, d.out.Marker = true, d.markerOf(d.last)
			break
		}
	}
	return &d.out, nil
}

// room is how many rows are to be read: one more than there is room for.
func (d *detailPage) room() int32 { return int32(d.limit-d.items) + 1 } //nolint:gosec // at most 1000, from MaxItems

// fill adds rows to the page until it is full, and reports whether there are more.
func fill[Row any](d *detailPage, rows []Row, key func(Row) string, add func(Row) (size int, err error)) (more bool, err error) {
	for _, row := range rows {
		if d.items >= d.limit || d.size >= maxDetailSize {
			return true, nil
		}
		size, err := add(row)
		if err != nil {
			return false, err
		}
		d.items++
		d.size += size
		d.last = key(row)
	}
	return false, nil
}

func (d *detailPage) readUsers(ctx context.Context, tx *store.Tx, rank, after string) (bool, error) {
	rows, err := tx.Users(ctx, store.UsersParams{
		AccountID: d.accountID, AfterNameKey: after, PathFrom: "/", PathTo: pathEnd("/"), MaxItems: d.room(),
	})
	if err != nil {
		return false, err
	}
	return fill(d, rows, func(u store.User) string { return rank + u.NameKey }, func(row store.User) (int, error) {
		detail, size, err := userDetail(ctx, tx, row)
		d.out.UserDetailList = append(d.out.UserDetailList, detail)
		return size, err
	})
}

func (d *detailPage) readGroups(ctx context.Context, tx *store.Tx, rank, after string) (bool, error) {
	rows, err := tx.Groups(ctx, store.GroupsParams{
		AccountID: d.accountID, AfterNameKey: after, PathFrom: "/", PathTo: pathEnd("/"), MaxItems: d.room(),
	})
	if err != nil {
		return false, err
	}
	return fill(d, rows, func(g store.Group) string { return rank + g.NameKey }, func(row store.Group) (int, error) {
		detail, size, err := groupDetail(ctx, tx, row)
		d.out.GroupDetailList = append(d.out.GroupDetailList, detail)
		return size, err
	})
}

func (d *detailPage) readRoles(ctx context.Context, tx *store.Tx, rank, after string) (bool, error) {
	rows, err := tx.Roles(ctx, store.RolesParams{
		AccountID: d.accountID, AfterNameKey: after, PathFrom: "/", PathTo: pathEnd("/"), MaxItems: d.room(),
	})
	if err != nil {
		return false, err
	}
	shown := shownIDs{}
	return fill(d, rows, func(r store.Role) string { return rank + r.NameKey }, func(row store.Role) (int, error) {
		detail, size, err := roleDetail(ctx, tx, row, shown)
		d.out.RoleDetailList = append(d.out.RoleDetailList, detail)
		return size, err
	})
}

func (d *detailPage) readOwnPolicies(ctx context.Context, tx *store.Tx, rank, after string) (bool, error) {
	rows, err := tx.Policies(ctx, store.PoliciesParams{
		AccountID: d.accountID, AfterNameKey: after, PathFrom: "/", PathTo: pathEnd("/"), MaxItems: d.room(),
	})
	if err != nil {
		return false, err
	}
	policies := make([]managedPolicy, len(rows))
	for i, row := range rows {
		policies[i] = ownPolicy(row)
	}
	return d.addPolicies(ctx, tx, rank, policies)
}

// readAWSPolicies looks at AWS's policies that the account uses, which are a handful.
func (d *detailPage) readAWSPolicies(ctx context.Context, tx *store.Tx, rank, after string) (bool, error) {
	var used []managedPolicy
	for _, p := range awspolicy.All() {
		if _, ok := d.uses[p.ARN]; ok && policySortKey(p.ARN) > after {
			used = append(used, awsPolicy(p))
		}
	}
	slices.SortFunc(used, func(a, b managedPolicy) int { return strings.Compare(a.sortKey(), b.sortKey()) })
	return d.addPolicies(ctx, tx, rank, used)
}

func (d *detailPage) addPolicies(ctx context.Context, tx *store.Tx, rank string, policies []managedPolicy) (bool, error) {
	return fill(d, policies, func(p managedPolicy) string { return rank + p.sortKey() }, func(p managedPolicy) (int, error) {
		detail, size, err := policyDetail(ctx, tx, p, d.uses[p.arn])
		d.out.Policies = append(d.out.Policies, detail)
		return size, err
	})
}
