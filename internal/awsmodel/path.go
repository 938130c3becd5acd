package awsmodel

import (
	"slices"
	"strings"
)

// segment is what lies between two slashes of a path template: a literal, or a label in braces.
type segment struct {
	literal string
	label   string
	greedy  bool // the label takes slashes too
}

func (op *operation) setRoute(method, uri string) {
	path, query, _ := strings.Cut(uri, "?")
	op.method = method
	for pair := range strings.SplitSeq(query, "&") {
		if pair != "" {
			name, value, _ := strings.Cut(pair, "=")
			op.constants = append(op.constants, parameter{name, value})
		}
	}
	path = strings.TrimPrefix(path, "/")
	path, op.trailingSlash = strings.CutSuffix(path, "/")
	if path == "" {
		return
	}
	for part := range strings.SplitSeq(path, "/") {
		label, isLabel := strings.CutPrefix(part, "{")
		if !isLabel {
			op.template = append(op.template, segment{literal: part})
			continue
		}
		label, greedy := strings.CutSuffix(strings.TrimSuffix(label, "}"), "+")
		op.template = append(op.template, segment{label: label, greedy: greedy})
		if greedy {
			op.greedys++
		}
	}
}

// routeKey is the method and the literal at the start of the path.
func (op *operation) routeKey() string {
	if len(op.template) == 0 || op.template[0].label != "" {
		return op.method
	}
	return op.method + " " + op.template[0].literal
}

// splitPath cuts a path at its literal slashes and decodes each part once (aws-services section 1.2). Parts that a proxy
// or a backend may fold away, which are "", "." and "..", are refused in whatever spelling they come. A slash at the
// end makes no part.
func splitPath(raw string) ([]string, *RefusalError) {
	rest, ok := strings.CutPrefix(raw, "/")
	if !ok || strings.ContainsAny(raw, "?#") {
		return nil, refuse(Malformed, "the path is no path")
	}
	rest = strings.TrimSuffix(rest, "/")
	if raw == "/" {
		return nil, nil
	}
	var parts []string
	for part := range strings.SplitSeq(rest, "/") {
		decoded, ok := unescape(part, false)
		switch {
		case !ok || strings.ContainsFunc(decoded, isControl):
			return nil, refuse(Malformed, "the path has a bad escape or a control character")
		case decoded == "":
			return nil, refuse(Malformed, "the path has an empty part")
		case folds(decoded):
			return nil, refuse(Malformed, "the path has a part that others fold away")
		}
		parts = append(parts, decoded)
	}
	return parts, nil
}

// folds reports whether one more decoding or cutting at slashes would give a dot segment.
func folds(part string) bool {
	for dots := range strings.FieldsFuncSeq(part, func(r rune) bool { return r == '/' || r == '\\' }) {
		if dots == "." || dots == ".." {
			return true
		}
	}
	return false
}

// route finds the operations of a request: the most specific template that fits it and its constant query. There are
// several when models have the same; whoever is permitted must be permitted them all.
func (s *Service) route(r *Request, parts []string, query []parameter) (ops []*operation, labels map[string]string) {
	method, slash := r.Method, strings.HasSuffix(r.RawPath, "/")
	keys := []string{method}
	if len(parts) > 0 {
		keys = append(keys, method+" "+parts[0])
	}
	for _, key := range keys {
		for _, op := range s.routes[key] {
			found, ok := op.match(parts, query)
			if !ok {
				continue
			}
			order := -1
			if len(ops) > 0 {
				order = compareSpecific(op, ops[0], slash)
			}
			switch {
			case order < 0:
				ops, labels = []*operation{op}, found
			case order == 0:
				ops = append(ops, op)
			}
		}
	}
	return ops, labels
}

// compareSpecific puts the more specific operation first, and of equals the one that has a slash at its end as the request
// does.
func compareSpecific(a, b *operation, slash bool) int {
	for i := range min(len(a.template), len(b.template)) {
		if rank := a.template[i].rank() - b.template[i].rank(); rank != 0 {
			return rank
		}
	}
	if n := len(b.template) - len(a.template); n != 0 {
		return n
	}
	if n := len(b.constants) - len(a.constants); n != 0 || a.trailingSlash == b.trailingSlash {
		return n
	}
	if a.trailingSlash == slash {
		return -1
	}
	return 1
}

func (s segment) rank() int {
	switch {
	case s.greedy:
		return 2
	case s.label != "":
		return 1
	}
	return 0
}

func (op *operation) match(parts []string, query []parameter) (labels map[string]string, ok bool) {
	for _, c := range op.constants {
		if !slices.Contains(query, c) {
			return nil, false
		}
	}
	wide := len(parts) - len(op.template) // further parts that the greedy label takes; no template has two
	if wide < 0 || wide > 0 && op.greedys == 0 {
		return nil, false
	}
	labels = map[string]string{}
	at := 0
	for _, seg := range op.template {
		switch {
		case seg.greedy:
			labels[seg.label] = strings.Join(parts[at:at+1+wide], "/")
			at += wide
		case seg.label != "":
			labels[seg.label] = parts[at]
		case parts[at] != seg.literal:
			return nil, false
		}
		at++
	}
	return labels, true
}

// path is the canonical path of a request whose parts fit the template.
func (op *operation) path(parts []string) string {
	var b []byte
	for _, part := range parts {
		b = escape(append(b, '/'), part)
	}
	if op.trailingSlash || len(parts) == 0 {
		b = append(b, '/')
	}
	return string(b)
}
