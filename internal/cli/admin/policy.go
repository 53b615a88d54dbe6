package admin

import (
	"cmp"
	"context"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newPolicyShow(a *app.App) *cobra.Command {
	var req mfa.ShowPolicyRequest
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Tell the rules of a community",
		Long: `Tell the rules that a community sets. With --effective tell those that hold: of
each the strictest of its own and its parents', and where it comes from.`,
		Args: app.Exactly(),
	}
	cmd.Flags().StringVarP(&req.Community, "community", "c", "", "the `community` (default: your own)")
	effective := cmd.Flags().Bool("effective", false, "every rule that holds, and where it comes from")
	show := func(ctx context.Context, _ []string) (mfa.PolicyReport, error) {
		return app.Call(ctx, a, mfa.Service.ShowPolicy, req)
	}
	return app.Show(a, cmd, "show the policy", show, func(_ *app.App, out mfa.PolicyReport) app.View {
		if !*effective {
			inherited := func(r mfa.RuleValue) bool { return r.Own == "" && len(r.Later) == 0 }
			out.Rules = append([]mfa.RuleValue{}, slices.DeleteFunc(out.Rules, inherited)...)
		}
		v := policyRules().List(out.Rules)
		if len(out.Rules) == 0 {
			v.Say = func() string {
				return app.Line("%s sets no rule of its own; what holds: mfactl admin policy show --effective", out.Community)
			}
		}
		return v
	})
}

func policyRules() app.Items[mfa.RuleValue] {
	return app.Items[mfa.RuleValue]{
		Kind: "PolicyRule", Header: []string{"RULE", "VALUE", "FROM", "OWN", "LATER"},
		Name: func(r mfa.RuleValue) string { return r.Rule },
		Row:  func(r mfa.RuleValue) []string { return []string{r.Rule, r.Value, r.From, r.Own, laterOf(r)} },
	}
}

// laterOf is what a rule becomes, since one person alone made it looser.
func laterOf(r mfa.RuleValue) string {
	var parts []string
	for _, later := range r.Later {
		parts = append(parts, cmp.Or(later.Value, "nobody")+" from "+app.Timestamp(later.At))
	}
	return strings.Join(parts, ", ")
}

func newPolicySet(a *app.App) *cobra.Command {
	var req mfa.SetPolicyRequest
	cmd := &cobra.Command{
		Use:   "set RULE=VALUE...",
		Short: "Set rules of a community; they hold from everybody's next request on",
		Long: `Set rules of a community. RULE= without a value takes a rule back.

If you alone make reset_approval or unattended_reset looser, or exempt a user, what was
before applies for another 24 hours; all administrators are notified at once. If an
independent administrator approves it (--request), it applies at once.

` + ruleHelp(),
		Example: `  mfactl admin policy set require_2fa=privileged
  mfactl admin policy set -c Branch lockout=3 recovery_ttl=8h --reason "audit finding 12"
  mfactl admin policy set exempt=bob@acme.example:2026-12-31 --reason "on leave"
  mfactl admin policy set password_blocklist=refused.txt
  mfactl admin policy set lockout=`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return mfa.UsageError("RULE=VALUE", "missing").WithHint("%s", cmd.UseLine())
			}
			return nil
		},
	}
	changeFlags(cmd, &req.Community, &req.Change)
	cmd.Flags().BoolVar(&req.Request, "request", false, "file it for a second administrator; once approved, it applies at once")
	password := app.SecretFlags(cmd, "password", "your own password")
	return a.WriteCommand(cmd, "set the policy", func(ctx context.Context, args []string) error {
		req.Rules = map[string]string{}
		for _, arg := range args {
			rule, value, ok := strings.Cut(arg, "=")
			if _, twice := req.Rules[rule]; !ok || twice {
				return mfa.UsageError("RULE=VALUE", "malformed, or given twice: %s", arg).WithHint("such as require_2fa=everyone")
			}
			var err error
			if req.Rules[rule], err = ruleValue(rule, value); err != nil {
				return err
			}
		}
		return runPolicySet(ctx, a, req, password)
	})
}

// ruleValue is what a rule is set to. That of password_blocklist is what its file holds.
func ruleValue(rule, value string) (string, error) {
	if rule != mfa.RulePasswordBlocklist || value == "" {
		return value, nil
	}
	f, err := os.Open(value) //nolint:gosec // G304: the file that the caller names
	if err != nil {
		return "", mfa.UsageError(rule, "cannot read %s: %s", value, app.Reason(err))
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, mfa.MaxBlocklist+1))
	if err != nil {
		return "", mfa.UsageError(rule, "cannot read %s: %s", value, app.Reason(err))
	}
	if _, ok := mfa.BlocklistOf(string(b)); !ok {
		return "", mfa.UsageError(rule, "%s is not a list of refused passwords", value).
			WithHint("UTF-8 text with one password a line, at most %d KiB", mfa.MaxBlocklist>>10)
	}
	return string(b), nil
}

func runPolicySet(ctx context.Context, a *app.App, req mfa.SetPolicyRequest, password *app.SecretSource) error {
	try := func(dry bool) (mfa.PolicySet, error) {
		req.DryRun = dry
		return app.Call(ctx, a, mfa.Service.SetPolicy, req)
	}
	dry := req.DryRun
	out, err := try(true)
	if err != nil {
		return err
	}
	if dry || !out.Changed && a.Flags.Key == "" {
		out.DryRun = dry
		return a.Print(policyView(a, out))
	}
	if !password.Given() {
		a.Tell(sayChanges(out))
	}
	if req.Password, err = a.ReadPassword(ctx, password, "Your password"); err != nil {
		return err
	}
	if out, err = try(false); err != nil {
		return err
	}
	if a.Done = "the policy was changed"; out.Request != nil {
		a.Done = "the request was filed"
	}
	return a.Print(policyView(a, out))
}

func policyView(a *app.App, out mfa.PolicySet) app.View {
	v := app.View{
		Kind: "PolicySet", Data: out, Names: []string{out.Community},
		Header: []string{"RULE", "BEFORE", "AFTER", "EFFECTIVE", "FROM"},
		Say:    func() string { return sayPolicy(a, out) },
	}
	for _, c := range out.Changes {
		v.Rows = append(v.Rows, []string{c.Rule, c.Before, c.After, c.Effective.Value, c.Effective.From})
	}
	return v
}

func sayPolicy(a *app.App, out mfa.PolicySet) string {
	switch {
	case out.Request != nil:
		return sayFiled(a, *out.Request, out.Changed, out.DryRun)
	case !out.Changed:
		return app.Line("%s: nothing to do", out.Community)
	case out.DryRun:
		return sayChanges(out) + app.Line("nothing was changed")
	}
	return sayChanges(out) + app.Line("from everybody's next request on (event %d)", out.Event)
}

// sayChanges tells what each rule was and is to be.
func sayChanges(out mfa.PolicySet) string {
	var b strings.Builder
	for _, c := range out.Changes {
		b.WriteString(app.Line("%s: %s  %s -> %s", out.Community, c.Rule, cmp.Or(c.Before, "not set"), cmp.Or(c.After, "not set")))
		if later := laterOf(c.Effective); later != "" {
			b.WriteString(app.Line("  now %s; %s, since one person alone loosens it", cmp.Or(c.Effective.Value, "nobody"), later))
		} else if c.Effective.Value != c.After {
			b.WriteString(app.Line("  what holds is %s, from %s", c.Effective.Value, c.Effective.From))
		}
	}
	return b.String()
}

// ruleHelp lists the rules and what they may be.
func ruleHelp() string {
	t := term.Table{Header: []string{"RULE", "DEFAULT", "VALUES"}}
	for _, r := range mfa.PolicyRules() {
		t.Rows = append(t.Rows, []string{r.Name, r.Default, r.Values})
	}
	return t.String()
}
