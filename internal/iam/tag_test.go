package iam

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
)

const tooManyTags = "409 LimitExceeded: The number of tags has reached the maximum limit."

// tagged is a resource whose tags a test changes.
type tagged struct {
	put    func(call aws.Call, list []Tag) string
	remove func(call aws.Call, keys ...string) string
	list   func(call aws.Call, marker string, maxItems int32) (TagPage, error)
	text   func() string // as "a=1 b="
}

func (w *world) taggedUser(name string) tagged {
	ctx := w.t.Context()
	r := tagged{
		put: func(call aws.Call, list []Tag) string {
			return answer(w.TagUser(ctx, call, &TagUserInput{UserName: name, Tags: list}))
		},
		remove: func(call aws.Call, keys ...string) string {
			return answer(w.UntagUser(ctx, call, &UntagUserInput{UserName: name, TagKeys: keys}))
		},
		list: func(call aws.Call, marker string, maxItems int32) (TagPage, error) {
			out, err := w.ListUserTags(ctx, call, &ListUserTagsInput{UserName: name, Marker: marker, MaxItems: maxItems})
			if err != nil {
				return TagPage{}, err
			}
			return out.TagPage, nil
		},
	}
	return w.withText(r)
}

func (w *world) taggedDevice(serial string) tagged {
	ctx := w.t.Context()
	r := tagged{
		put: func(call aws.Call, list []Tag) string {
			return answer(w.TagMFADevice(ctx, call, &TagMFADeviceInput{SerialNumber: serial, Tags: list}))
		},
		remove: func(call aws.Call, keys ...string) string {
			return answer(w.UntagMFADevice(ctx, call, &UntagMFADeviceInput{SerialNumber: serial, TagKeys: keys}))
		},
		list: func(call aws.Call, marker string, maxItems int32) (TagPage, error) {
			out, err := w.ListMFADeviceTags(ctx, call, &ListMFADeviceTagsInput{SerialNumber: serial, Marker: marker, MaxItems: maxItems})
			if err != nil {
				return TagPage{}, err
			}
			return out.TagPage, nil
		},
	}
	return w.withText(r)
}

func (w *world) withText(r tagged) tagged {
	r.text = func() string {
		w.t.Helper()
		page, err := r.list(w.root(account), "", 0)
		if err != nil || page.Tags == nil || page.IsTruncated {
			w.t.Fatalf("listing tags: %+v, %v", page, err)
		}
		var all []string
		for _, tag := range page.Tags {
			all = append(all, tag.Key+"="+*tag.Value)
		}
		return strings.Join(all, " ")
	}
	return r
}

func TestTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.root(account)
	w.user(account, "alice")
	user, phone := w.taggedUser("ALICE"), w.taggedDevice(w.virtual(account, "phone").serial)
	for _, step := range []struct {
		name            string
		do              func(tagged) string
		want            string // of both, or
		ofUser, ofMFA   string
		answer, answer2 string // of the user, of the device; empty is ok
	}{
		{name: "none", do: func(r tagged) string { return r.put(root, nil) }},
		{name: "some, by key", do: func(r tagged) string { return r.put(root, tags("b=1 Zone=2 a=")) }, want: "Zone=2 a= b=1"},
		{name: "a new value", do: func(r tagged) string { return r.put(root, tags("b=3")) }, want: "Zone=2 a= b=3"},
		{
			name: "another case", do: func(r tagged) string { return r.put(root, tags("zone=4 A=5")) },
			ofUser: "A=5 b=3 zone=4", ofMFA: "A=5 Zone=2 a= b=3 zone=4",
		},
		{
			name: "one key in two cases", do: func(r tagged) string { return r.put(root, tags("C=1 c=2")) },
			ofUser: "A=5 b=3 zone=4", ofMFA: "A=5 C=1 Zone=2 a= b=3 c=2 zone=4",
			answer: "400 InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
		},
		{
			name: "one key twice", do: func(r tagged) string { return r.put(root, tags("d=1 e=1 d=2")) },
			ofUser: "A=5 b=3 zone=4", ofMFA: "A=5 C=1 Zone=2 a= b=3 c=2 zone=4",
			answer:  "400 InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
			answer2: "400 InvalidInput: Duplicate tag keys found.",
		},
		{
			name: "reserved", do: func(r tagged) string { return r.put(root, tags("d=1 Aws:x=1")) },
			ofUser: "A=5 b=3 zone=4", ofMFA: "A=5 C=1 Zone=2 a= b=3 c=2 zone=4",
			answer:  "400 InvalidInput: Tag keys and values that start with aws: are reserved for system use.",
			answer2: "400 InvalidInput: Tag keys and values that start with aws: are reserved for system use.",
		},
		{
			name: "take away", do: func(r tagged) string { return r.remove(root, "ZONE", "a", "nothing", "a") },
			ofUser: "b=3", ofMFA: "A=5 C=1 Zone=2 b=3 c=2 zone=4",
		},
		{name: "take nothing away", do: func(r tagged) string { return r.remove(root) }, ofUser: "b=3", ofMFA: "A=5 C=1 Zone=2 b=3 c=2 zone=4"},
		{name: "take all away", do: func(r tagged) string { return r.remove(root, "A", "C", "Zone", "b", "c", "zone") }},
	} {
		t.Run(step.name, func(t *testing.T) {
			ok := func(s string) string {
				if s == "" {
					return "ok"
				}
				return s
			}
			check(t, step.do(user), ok(step.answer))
			check(t, user.text(), step.want+step.ofUser)
			check(t, step.do(phone), ok(step.answer2))
			check(t, phone.text(), step.want+step.ofMFA)
		})
	}
}

// The limit holds for what the resource has in the end, not for what is passed.
func TestTagQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.root(account)
	w.user(account, "alice")
	for name, r := range map[string]tagged{"user": w.taggedUser("alice"), "device": w.taggedDevice(w.virtual(account, "phone").serial)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all []string
			for i := range maxTags {
				all = append(all, fmt.Sprintf("k%02d=v", i))
			}
			check(t, r.put(root, tags(strings.Join(all[1:], " "))), "ok")
			check(t, r.put(root, tags("x=1 y=1")), tooManyTags)
			check(t, r.text(), strings.Join(all[1:], " "))
			check(t, r.put(root, tags(all[0])), "ok")
			check(t, r.put(root, tags("x=1")), tooManyTags)
			check(t, r.put(root, tags(strings.Join(all, " "))), "ok")
			check(t, r.text(), strings.Join(all, " "))
		})
	}
}

// Of any number of calls at once, as many succeed as there is room for.
func TestConcurrentTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(account, "alice")
	r := w.taggedUser("alice")
	const calls = 8
	answers := make([]string, calls)
	var group sync.WaitGroup
	for i := range calls {
		group.Go(func() {
			var list []string
			for k := range 10 {
				list = append(list, fmt.Sprintf("c%d-%d=v", i, k))
			}
			answers[i] = r.put(w.root(account), tags(strings.Join(list, " ")))
		})
	}
	group.Wait()
	counts := map[string]int{}
	for _, a := range answers {
		counts[a]++
	}
	if diff := cmp.Diff(map[string]int{"ok": 5, tooManyTags: 3}, counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTagsOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(foreign, "mallory")
	for name, test := range map[string]struct {
		tagged
		want string
	}{
		"another account's user": {w.taggedUser("mallory"), "404 NoSuchEntity: The user with name mallory cannot be found."},
		"another account's device": {
			w.taggedDevice(w.virtual(foreign, "phone").serial),
			"404 NoSuchEntity: MFA Device with serial number arn:aws:iam::222222222222:mfa/phone does not exist.",
		},
		"a device that is not virtual": {
			w.taggedDevice(w.hardware("GAHT12345678", "totp").serial),
			"404 NoSuchEntity: MFA Device with serial number GAHT12345678 does not exist.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call := w.root(account)
			check(t, test.put(call, tags("a=1")), test.want)
			check(t, test.remove(call, "a"), test.want)
			check(t, answer(test.list(call, "", 0)), test.want)
		})
	}
}

// A key of 128 letters that no marker may have, and which differs in the last one only, is paged like any other.
func TestTagPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	call := w.root(account)
	w.user(account, "alice")
	w.user(account, "bob")
	r, other := w.taggedUser("alice"), w.taggedUser("bob")
	long := strings.Repeat("鍵", 127)
	check(t, r.put(call, tags("b=1 "+long+"b=2 B=3x "+long+"a=4 c=5")), "400 InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	check(t, r.put(call, tags("b=1 "+long+"b=2 A=3 "+long+"a=4 c=5")), "ok")
	for _, maxItems := range []int32{1, 2, 4, 5, 6} {
		var keys []string
		for marker := ""; ; {
			page, err := r.list(call, marker, maxItems)
			if err != nil || page.IsTruncated != (page.Marker != "") || page.IsTruncated && len(page.Tags) != int(maxItems) || len(page.Tags) == 0 {
				t.Fatalf("page of %d after %q: %+v, %v", maxItems, marker, page, err)
			}
			for _, tag := range page.Tags {
				keys = append(keys, tag.Key)
			}
			if marker = page.Marker; marker == "" {
				break
			}
			if strings.Trim(marker, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" || len(marker) > 320 {
				t.Errorf("marker %q", marker)
			}
		}
		if diff := cmp.Diff([]string{"A", "b", "c", long + "a", long + "b"}, keys); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", maxItems, diff)
		}
	}

	const invalid = "400 ValidationError: Invalid Marker."
	first, err := r.list(call, "", 2)
	if err != nil {
		t.Fatal(err)
	}
	check(t, other.put(call, tags("b=1 c=2")), "ok")
	check(t, answer(other.list(call, first.Marker, 2)), invalid)
	check(t, answer(r.list(call, "x"+first.Marker, 2)), invalid)
	check(t, r.remove(call, "b"), "ok")
	check(t, answer(r.list(call, first.Marker, 2)), invalid)
}
