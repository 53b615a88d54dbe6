package main

// rows are sequences that took over an account once.
func rows() [][]string {
	return [][]string{
		{ // a puppet asks and another approves
			"attacker creates puppet1 as admin", "attacker creates puppet2 as admin", "attacker resets the 2FA of member",
			"puppet1 requests to reset the password of member", "puppet2 approves the newest request about member",
		},
		{ // the maker approves what the puppet asks for
			"attacker creates puppet1 as admin", "attacker resets the password of peer",
			"puppet1 requests to reset the 2FA of peer", "attacker approves the newest request about peer",
		},
		{ // patience alone
			"attacker resets the password of member", "attacker chooses the password of member",
			"25 hours go by", "attacker resets the 2FA of member",
		},
		{ // the puppet does the other half
			"attacker creates puppet1 as admin", "attacker resets the password of member", "puppet1 resets the 2FA of member",
		},
		{ // a puppet that is older than the week in which it is controlled
			"attacker creates puppet1 as admin", "attacker resets the password of member", "attacker chooses the password of member",
			"25 hours go by", "puppet1 resets the 2FA of member",
		},
		{ // a role that is emptied for a minute
			"attacker sets reset_approval=always", "attacker gives peer the role desk", "attacker empties the role desk",
			"attacker resets the 2FA of peer", "attacker fills the role desk", "attacker resets the password of peer",
		},
		{ // a move and back
			"attacker resets the password of member", "attacker moves member to Branch", "attacker moves member to Acme",
			"attacker resets the 2FA of member",
		},
		{ // a rule that is lowered for a moment
			"attacker sets reset_approval=always", "attacker sets reset_approval=both", "attacker resets the 2FA of member",
			"attacker resets the password of member",
		},
		{ // a token has no creator
			"attacker sets unattended_reset=true", "attacker makes a token", "attacker resets the password of member",
			"attacker's token resets the 2FA of member",
		},
		{ // a service account that was left alone for a week
			"attacker sets unattended_reset=true", "attacker makes a service account with a token", "8 days go by",
			"attacker's token resets the 2FA of member", "attacker resets the password of member",
		},
		{ // a role that is filled after a week
			"attacker creates puppet1 as desk", "attacker empties the role desk", "8 days go by", "attacker fills the role desk",
			"puppet1 resets the password of member", "attacker resets the 2FA of member",
		},
		{ // a puppet that is moved after a week
			"attacker creates puppet1 as desk of Branch", "8 days go by", "attacker moves puppet1 to Acme",
			"puppet1 resets the password of member", "attacker resets the 2FA of member",
		},
		{ // a puppet that is promoted after a week
			"attacker creates puppet1 as member", "8 days go by", "attacker makes puppet1 an administrator",
			"puppet1 resets the password of member", "attacker resets the 2FA of member",
		},
		{ // the link between two accounts is deleted
			"attacker creates puppet1 as admin", "puppet1 creates puppet2 as admin", "attacker deletes puppet1",
			"puppet2 resets the password of member", "attacker resets the 2FA of member",
		},
		{ // a link that is deleted later
			"attacker creates puppet1 as admin", "puppet1 creates puppet2 as admin", "attacker resets the 2FA of member",
			"puppet2 requests to reset the password of member", "attacker deletes puppet1", "attacker approves the newest request about member",
		},
		{ // the address of an account that was deleted
			"attacker deletes member", "attacker creates an account with the address of member",
		},
		{ // an address that was given up
			"attacker gives member another address", "attacker creates an account with the address of member",
		},
	}
}
