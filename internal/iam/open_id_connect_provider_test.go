package iam

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

const (
	issuer    = "https://server.example.com/a/b"
	issuerARN = "arn:aws:iam::111111111111:oidc-provider/server.example.com/a/b"
)

// thumbprint has the form of AWS's examples, which are not hexadecimal.
func thumbprint(n int) string { return fmt.Sprintf("%033dEXAMPLE", n) }

func thumbprints(n int) (list []string) {
	for i := range n {
		list = append(list, thumbprint(i))
	}
	return list
}

// oidc makes a provider.
func (w *world) oidc(in CreateOpenIDConnectProviderInput) *CreateOpenIDConnectProviderOutput {
	w.t.Helper()
	return must(w.CreateOpenIDConnectProvider(w.t.Context(), w.root(account), &in))(w.t)
}

func (w *world) getOIDC(arn string) *GetOpenIDConnectProviderOutput {
	w.t.Helper()
	return must(w.GetOpenIDConnectProvider(w.t.Context(), w.root(account), &GetOpenIDConnectProviderInput{arn}))(w.t)
}

func TestCreateOpenIDConnectProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.oidc(CreateOpenIDConnectProviderInput{
		Url: issuer, ClientIDList: []string{"b", "a", "b"}, ThumbprintList: thumbprints(5), Tags: tags("Zone=1 dept="),
	})
	if diff := cmp.Diff(&CreateOpenIDConnectProviderOutput{issuerARN, tags("Zone=1 dept=")}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := &GetOpenIDConnectProviderOutput{
		Url: "server.example.com/a/b", ClientIDList: []string{"b", "a"}, ThumbprintList: thumbprints(5), CreateDate: start, Tags: tags("Zone=1 dept="),
	}
	if diff := cmp.Diff(want, w.getOIDC(issuerARN)); diff != "" {
		t.Errorf("Get (-want +got):\n%s", diff)
	}
	plain := w.oidc(CreateOpenIDConnectProviderInput{Url: "https://idp.example.com:8443"})
	if plain.OpenIDConnectProviderArn != "arn:aws:iam::111111111111:oidc-provider/idp.example.com:8443" || plain.Tags != nil {
		t.Errorf("a provider of nothing but its URL: %+v", plain)
	}
	want = &GetOpenIDConnectProviderOutput{
		Url: "idp.example.com:8443", ClientIDList: []string{}, ThumbprintList: []string{}, CreateDate: start, Tags: []Tag{},
	}
	if diff := cmp.Diff(want, w.getOIDC(plain.OpenIDConnectProviderArn)); diff != "" {
		t.Errorf("Get (-want +got):\n%s", diff)
	}
	elsewhere := must(w.CreateOpenIDConnectProvider(t.Context(), w.root(foreign), &CreateOpenIDConnectProviderInput{Url: issuer}))(t)
	if elsewhere.OpenIDConnectProviderArn != strings.Replace(issuerARN, account, foreign, 1) {
		t.Errorf("the same issuer in another account: %+v", elsewhere)
	}
}

func TestCreateOpenIDConnectProviderRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.oidc(CreateOpenIDConnectProviderInput{Url: issuer})
	const noURL = "400 ValidationError: Invalid Open ID Connect Provider URL"
	var many []string
	for i := range 101 {
		many = append(many, fmt.Sprint("client", i))
	}
	for name, test := range map[string]struct {
		in   CreateOpenIDConnectProviderInput
		want string
	}{
		"no scheme":        {CreateOpenIDConnectProviderInput{Url: "server.example.com"}, noURL},
		"http":             {CreateOpenIDConnectProviderInput{Url: "http://server.example.com"}, noURL},
		"capitals":         {CreateOpenIDConnectProviderInput{Url: "HTTPS://server.example.com"}, noURL},
		"no host":          {CreateOpenIDConnectProviderInput{Url: "https://"}, noURL},
		"only a path":      {CreateOpenIDConnectProviderInput{Url: "https:///path"}, noURL},
		"a query":          {CreateOpenIDConnectProviderInput{Url: "https://server.example.com/?a=b"}, noURL},
		"a fragment":       {CreateOpenIDConnectProviderInput{Url: "https://server.example.com/#a"}, noURL},
		"a user":           {CreateOpenIDConnectProviderInput{Url: "https://user:secret@server.example.com"}, noURL},
		"a star":           {CreateOpenIDConnectProviderInput{Url: "https://server.example.com/*"}, noURL},
		"a star for hosts": {CreateOpenIDConnectProviderInput{Url: "https://*.example.com"}, noURL},
		"a blank":          {CreateOpenIDConnectProviderInput{Url: "https://server.example.com/a b"}, noURL},
		"a new line":       {CreateOpenIDConnectProviderInput{Url: "https://server.example.com\n"}, noURL},
		"a null":           {CreateOpenIDConnectProviderInput{Url: "https://server.example.com/\x00"}, noURL},
		"empty label":      {CreateOpenIDConnectProviderInput{Url: "https://server..example.com"}, noURL},
		"a hyphen":         {CreateOpenIDConnectProviderInput{Url: "https://-server.example.com"}, noURL},
		"no port":          {CreateOpenIDConnectProviderInput{Url: "https://server.example.com:/"}, noURL},
		"other letters":    {CreateOpenIDConnectProviderInput{Url: "https://sérver.example.com"}, noURL},
		"there already":    {CreateOpenIDConnectProviderInput{Url: issuer}, "409 EntityAlreadyExists: Provider with url https://server.example.com/a/b already exists."},
		"six thumbprints": {
			CreateOpenIDConnectProviderInput{Url: "https://x", ThumbprintList: thumbprints(6)},
			"400 InvalidInput: Thumbprint list must contain fewer than 5 entries.",
		},
		"101 clients": {
			CreateOpenIDConnectProviderInput{Url: "https://x", ClientIDList: many},
			"409 LimitExceeded: Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
		},
		"a tag twice":    {CreateOpenIDConnectProviderInput{Url: "https://x", Tags: tags("a=1 a=2")}, "400 InvalidInput: Duplicate tag keys found."},
		"two cases":      {CreateOpenIDConnectProviderInput{Url: "https://cases", Tags: tags("a=1 A=2")}, "ok"},
		"a hundred":      {CreateOpenIDConnectProviderInput{Url: "https://hundred", ClientIDList: append(many[:100:100], "client0")}, "ok"},
		"trailing slash": {CreateOpenIDConnectProviderInput{Url: issuer + "/"}, "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, answer(w.CreateOpenIDConnectProvider(t.Context(), w.root(account), &test.in)), test.want)
		})
	}
}

func TestOpenIDConnectProviderQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 100 {
		w.oidc(CreateOpenIDConnectProviderInput{Url: fmt.Sprint("https://", i)})
	}
	check(t, answer(w.CreateOpenIDConnectProvider(t.Context(), w.root(account), &CreateOpenIDConnectProviderInput{Url: "https://x"})),
		"409 LimitExceeded: Cannot exceed quota for OpenIdConnectProvidersPerAccount: 100")
	must(w.CreateOpenIDConnectProvider(t.Context(), w.root(foreign), &CreateOpenIDConnectProviderInput{Url: "https://x"}))(t)
}

func TestOpenIDConnectProviderLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	w.oidc(CreateOpenIDConnectProviderInput{Url: issuer, ThumbprintList: thumbprints(2)})
	add := func(id string) string {
		return answer(w.AddClientIDToOpenIDConnectProvider(ctx, root, &AddClientIDToOpenIDConnectProviderInput{issuerARN, id}))
	}
	remove := func(id string) string {
		return answer(w.RemoveClientIDFromOpenIDConnectProvider(ctx, root, &RemoveClientIDFromOpenIDConnectProviderInput{issuerARN, id}))
	}
	for _, id := range []string{"one", "two", "two", `"quoted", \ and é`, "three"} {
		check(t, add(id), "ok")
	}
	check(t, remove("two"), "ok")
	check(t, remove("two"), "ok")
	check(t, remove("ONE"), "ok")
	if diff := cmp.Diff([]string{"one", `"quoted", \ and é`, "three"}, w.getOIDC(issuerARN).ClientIDList); diff != "" {
		t.Errorf("client ids (-want +got):\n%s", diff)
	}
	for i := range 97 {
		check(t, add(fmt.Sprint(i)), "ok")
	}
	check(t, add("96"), "ok")
	check(t, add("one too many"), "409 LimitExceeded: Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100")

	update := func(list []string) string {
		return answer(w.UpdateOpenIDConnectProviderThumbprint(ctx, root, &UpdateOpenIDConnectProviderThumbprintInput{issuerARN, list}))
	}
	replaced := []string{thumbprint(7)}
	check(t, update(replaced), "ok")
	check(t, update(thumbprints(6)), "400 InvalidInput: Thumbprint list must contain fewer than 5 entries.")
	if got := w.getOIDC(issuerARN); !slices.Equal(got.ThumbprintList, replaced) || len(got.ClientIDList) != 100 {
		t.Errorf("after the update: %+v", got)
	}
	check(t, update(nil), "ok")
	if got := w.getOIDC(issuerARN); got.ThumbprintList == nil || len(got.ThumbprintList) != 0 {
		t.Errorf("no thumbprints: %#v", got.ThumbprintList)
	}
}

// Lists that are not what was written are an internal failure, and no empty list.
func TestOpenIDConnectProviderDamaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.oidc(CreateOpenIDConnectProviderInput{Url: issuer})
	w.change(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.UpdateOIDCProvider(ctx, store.UpdateOIDCProviderParams{ProviderARN: issuerARN, ClientIds: "[]", Thumbprints: "["})
		return err
	})
	check(t, answer(w.GetOpenIDConnectProvider(t.Context(), w.root(account), &GetOpenIDConnectProviderInput{issuerARN})),
		"500 InternalFailure: An internal error has occurred.")
	check(t, answer(w.AddClientIDToOpenIDConnectProvider(t.Context(), w.root(account), &AddClientIDToOpenIDConnectProviderInput{issuerARN, "x"})),
		"500 InternalFailure: An internal error has occurred.")
}

func TestDeleteOpenIDConnectProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	list := func(accountID string) (arns []string) {
		out := must(w.ListOpenIDConnectProviders(ctx, w.root(accountID), &ListOpenIDConnectProvidersInput{}))(t)
		if out.OpenIDConnectProviderList == nil {
			t.Error("an empty list is left out")
		}
		for _, entry := range out.OpenIDConnectProviderList {
			arns = append(arns, entry.Arn)
		}
		return arns
	}
	w.oidc(CreateOpenIDConnectProviderInput{Url: issuer, Tags: tags("a=1")})
	other := w.oidc(CreateOpenIDConnectProviderInput{Url: "https://idp.example.com"}).OpenIDConnectProviderArn
	if diff := cmp.Diff([]string{other, issuerARN}, list(account)); diff != "" || list(foreign) != nil {
		t.Errorf("elsewhere %v, here (-want +got):\n%s", list(foreign), diff)
	}
	check(t, answer(w.DeleteOpenIDConnectProvider(ctx, root, &DeleteOpenIDConnectProviderInput{issuerARN})), "ok")
	check(t, answer(w.DeleteOpenIDConnectProvider(ctx, root, &DeleteOpenIDConnectProviderInput{issuerARN})),
		"404 NoSuchEntity: OpenId connect Provider "+issuerARN+" cannot be found.")
	if diff := cmp.Diff([]string{other}, list(account)); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
	w.oidc(CreateOpenIDConnectProviderInput{Url: issuer})
	if got := w.getOIDC(issuerARN); len(got.Tags) > 0 {
		t.Errorf("a new provider has the tags of the old one: %v", got.Tags)
	}
}

func TestOpenIDConnectProviderTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	w.oidc(CreateOpenIDConnectProviderInput{Url: issuer, Tags: tags("b=1 a=2")})
	check(t, answer(w.TagOpenIDConnectProvider(ctx, root, &TagOpenIDConnectProviderInput{issuerARN, tags("A=3 b=4")})), "ok")
	check(t, answer(w.UntagOpenIDConnectProvider(ctx, root, &UntagOpenIDConnectProviderInput{issuerARN, []string{"a", "x"}})), "ok")
	out := must(w.ListOpenIDConnectProviderTags(ctx, root, &ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: issuerARN, MaxItems: 1}))(t)
	if diff := cmp.Diff(TagPage{tags("A=3"), true, out.Marker}, out.TagPage); diff != "" || out.Marker == "" {
		t.Errorf("first page (-want +got):\n%s", diff)
	}
	out = must(w.ListOpenIDConnectProviderTags(ctx, root, &ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: issuerARN, Marker: out.Marker}))(t)
	if diff := cmp.Diff(TagPage{Tags: tags("b=4")}, out.TagPage); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
	check(t, answer(w.TagOpenIDConnectProvider(ctx, root, &TagOpenIDConnectProviderInput{issuerARN, tags("k=1 k=2")})), "400 InvalidInput: Duplicate tag keys found.")
	var full []string
	for i := range 49 {
		full = append(full, fmt.Sprintf("k%d=v", i))
	}
	check(t, answer(w.TagOpenIDConnectProvider(ctx, root, &TagOpenIDConnectProviderInput{issuerARN, tags(strings.Join(full, " "))})),
		"409 LimitExceeded: The number of tags has reached the maximum limit.")
}

// A provider that is not there, or another account's, is not found by any action.
func TestNoOpenIDConnectProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(w.CreateOpenIDConnectProvider(t.Context(), w.root(foreign), &CreateOpenIDConnectProviderInput{Url: issuer}))(t)
	ctx, root := t.Context(), w.root(account)
	for _, arn := range []string{issuerARN, strings.Replace(issuerARN, account, foreign, 1), "server.example.com/a/b is no ARN"} {
		for action, got := range map[string]string{
			"Get":      answer(w.GetOpenIDConnectProvider(ctx, root, &GetOpenIDConnectProviderInput{arn})),
			"Add":      answer(w.AddClientIDToOpenIDConnectProvider(ctx, root, &AddClientIDToOpenIDConnectProviderInput{arn, "x"})),
			"Remove":   answer(w.RemoveClientIDFromOpenIDConnectProvider(ctx, root, &RemoveClientIDFromOpenIDConnectProviderInput{arn, "x"})),
			"Update":   answer(w.UpdateOpenIDConnectProviderThumbprint(ctx, root, &UpdateOpenIDConnectProviderThumbprintInput{arn, thumbprints(1)})),
			"Tag":      answer(w.TagOpenIDConnectProvider(ctx, root, &TagOpenIDConnectProviderInput{arn, tags("a=1")})),
			"Untag":    answer(w.UntagOpenIDConnectProvider(ctx, root, &UntagOpenIDConnectProviderInput{arn, []string{"a"}})),
			"ListTags": answer(w.ListOpenIDConnectProviderTags(ctx, root, &ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: arn})),
		} {
			if want := "404 NoSuchEntity: OpenIDConnect Provider not found for arn " + arn; got != want {
				t.Errorf("%s: got %s, want %s", action, got, want)
			}
		}
		check(t, answer(w.DeleteOpenIDConnectProvider(ctx, root, &DeleteOpenIDConnectProviderInput{arn})),
			"404 NoSuchEntity: OpenId connect Provider "+arn+" cannot be found.")
	}
}

func TestProviderPermissions(t *testing.T) {
	t.Parallel()
	call := aws.Call{Caller: aws.Caller{Principal: aws.Principal{Type: aws.RootPrincipal, AccountID: account, ID: account}}}
	on := func(arn string) []aws.Permission {
		return []aws.Permission{{Resource: aws.Resource{ARN: arn, Text: arn, Type: aws.ARNResource}}}
	}
	created := func(arn string) []aws.Permission {
		return []aws.Permission{{Resource: aws.Resource{ARN: arn, Text: arn}}}
	}
	all := func(kind string) []aws.Permission {
		return []aws.Permission{{Resource: aws.Resource{ARN: "*", Text: "arn:aws:iam::111111111111:" + kind + "/"}}}
	}
	createdWith := func(arn, action string, context map[string][]string) []aws.Permission {
		resource := aws.Resource{ARN: arn, Text: arn}
		return []aws.Permission{{Resource: resource, Context: context}, {Action: action, Resource: resource, Context: context}}
	}
	with := func(arn string, context map[string][]string) []aws.Permission {
		return []aws.Permission{{Resource: aws.Resource{ARN: arn, Text: arn, Type: aws.ARNResource}, Context: context}}
	}
	tagged := map[string][]string{"aws:requesttag/zone": {"1"}, "aws:tagkeys": {"Zone"}}
	untagged := map[string][]string{"aws:tagkeys": {"Zone"}}
	const saml = "arn:aws:iam::111111111111:saml-provider/idp"
	for name, test := range map[string]struct {
		in interface {
			Permissions(aws.Call) []aws.Permission
		}
		want []aws.Permission
	}{
		"create oidc":           {&CreateOpenIDConnectProviderInput{Url: issuer}, created(issuerARN)},
		"create oidc with tags": {&CreateOpenIDConnectProviderInput{Url: issuer, Tags: tags("Zone=1")}, createdWith(issuerARN, "iam:TagOpenIDConnectProvider", tagged)},
		"get oidc":              {&GetOpenIDConnectProviderInput{issuerARN}, on(issuerARN)},
		"list oidc":             {&ListOpenIDConnectProvidersInput{}, all("oidc-provider")},
		"delete oidc":           {&DeleteOpenIDConnectProviderInput{issuerARN}, on(issuerARN)},
		"add client":            {&AddClientIDToOpenIDConnectProviderInput{issuerARN, "x"}, on(issuerARN)},
		"remove client":         {&RemoveClientIDFromOpenIDConnectProviderInput{issuerARN, "x"}, on(issuerARN)},
		"update thumbprints":    {&UpdateOpenIDConnectProviderThumbprintInput{issuerARN, nil}, on(issuerARN)},
		"tag oidc":              {&TagOpenIDConnectProviderInput{issuerARN, tags("Zone=1")}, with(issuerARN, tagged)},
		"untag oidc":            {&UntagOpenIDConnectProviderInput{issuerARN, []string{"Zone"}}, with(issuerARN, untagged)},
		"list oidc tags":        {&ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: issuerARN}, on(issuerARN)},
		"create saml":           {&CreateSAMLProviderInput{Name: "idp"}, created(saml)},
		"create saml with tags": {&CreateSAMLProviderInput{Name: "idp", Tags: tags("Zone=1")}, createdWith(saml, "iam:TagSAMLProvider", tagged)},
		"get saml":              {&GetSAMLProviderInput{saml}, on(saml)},
		"list saml":             {&ListSAMLProvidersInput{}, all("saml-provider")},
		"update saml":           {&UpdateSAMLProviderInput{SAMLProviderArn: saml}, on(saml)},
		"delete saml":           {&DeleteSAMLProviderInput{saml}, on(saml)},
		"tag saml":              {&TagSAMLProviderInput{saml, tags("Zone=1")}, with(saml, tagged)},
		"untag saml":            {&UntagSAMLProviderInput{saml, []string{"Zone"}}, with(saml, untagged)},
		"list saml tags":        {&ListSAMLProviderTagsInput{SAMLProviderArn: saml}, on(saml)},
	} {
		if diff := cmp.Diff(test.want, test.in.Permissions(call)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The constraints of aws-iam section 2.1.
func TestProviderParameters(t *testing.T) {
	t.Parallel()
	const one = "400 ValidationError: 1 validation error detected: "
	const lengths = " failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to "
	for name, test := range map[string]struct {
		in         any
		form, want string
	}{
		"good":                {&CreateOpenIDConnectProviderInput{}, "Url=x&ClientIDList.member.1=y&ThumbprintList.member.1=" + thumbprint(1), "ok"},
		"no URL":              {&CreateOpenIDConnectProviderInput{}, "ClientIDList=", one + "Value at 'url' failed to satisfy constraint: Member must not be null"},
		"an empty client":     {&CreateOpenIDConnectProviderInput{}, "Url=x&ClientIDList.member.1=", one + "Value at 'clientIDList'" + lengths + "255, Member must have length greater than or equal to 1]"},
		"a short thumbprint":  {&CreateOpenIDConnectProviderInput{}, "Url=x&ThumbprintList.member.1=y", one + "Value at 'thumbprintList'" + lengths + "40, Member must have length greater than or equal to 40]"},
		"short metadata":      {&CreateSAMLProviderInput{}, "Name=x&SAMLMetadataDocument=y", one + "Value at 'sAMLMetadataDocument' failed to satisfy constraint: Member must have length greater than or equal to 1000"},
		"a mode":              {&UpdateSAMLProviderInput{}, "SAMLProviderArn=" + issuerARN + "&AssertionEncryptionMode=allowed", one + "Value at 'assertionEncryptionMode' failed to satisfy constraint: Member must satisfy enum value set"},
		"a type of key":       {&SimulateCustomPolicyInput{}, "PolicyInputList=&ActionNames.member.1=a:b&ContextEntries.member.1.ContextKeyType=text", one + "Value at 'contextEntries.1.member.contextKeyType' failed to satisfy constraint: Member must satisfy enum value set"},
		"a long action":       {&SimulateCustomPolicyInput{}, "PolicyInputList=&ActionNames.member.1=" + strings.Repeat("a", 129), one + "Value at 'actionNames'" + lengths + "128, Member must have length greater than or equal to 3]"},
		"values of a context": {&SimulateCustomPolicyInput{}, "PolicyInputList=&ActionNames.member.1=a:b&ContextEntries.member.1.ContextKeyValues.member.1=", "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parameters, err := query.Parse(test.form, nil)
			if err == nil {
				err = query.Decode(parameters, test.in, query.IAM)
			}
			check(t, verdict(err), test.want)
		})
	}
}
