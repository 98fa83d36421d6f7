package extract_test

import (
	"slices"
	"strings"
	"testing"
)

// How officers say that something was done, that a child was seen, that leave
// to share was asked; and what does not say it. Each line stands alone in a
// notice that has everything else.
var (
	outcomeSaid = []string{
		"He was nicked for common assault and is in the bridewell.", "Dad packed a bag and has gone to his brother's for the night.",
		"We ran mum and the girls round to her sister's.", "File being put together for CPS.", "He'll be brought in for interview on Thursday.",
		"Both parties given suitable words.", "Job closed, no offences disclosed.", "Handed over to nan who is having her till Monday.",
		"Ambulance took her to BRI with mum.", "Neighbourhood team will call round again tomorrow.", "Male removed to prevent a breach of the peace.",
		"Log finalised.", "Suspect is outstanding, area search no trace.", "Crime to be progressed by Keighley CID.", "Returned safe and well to foster carer at 0215.",
		"Disposal: community resolution", "What we did: took him home to dad", "Action taken: locks being changed by housing", "Police response: arrested, BOP",
		"Mum collected her from the station at 2210.", "Left in the care of grandad.", "Kept in overnight on the children's ward.", "Sofa at his mate's for tonight.",
		"Male agreed to stop elsewhere.", "Will be referred into MARAC.", "Sexual offences unit have picked it up.", "Statement taken, CCTV to be viewed.",
		"Voluntary interview booked for the 14th.", "Cocoon watch put in place.", "She has an appointment with victim support.", "Suspect released under investigation.",
		"Dealt with by way of words.", "Section 136'd to the Lynfield.", "Given a lift to her auntie's.", "Crime filed, evidential difficulties.",
		"Officers remained until the ex had left the street.", "Both slept it off at separate addresses.", "Home Office tie: log resulted as non recent, DS reviewing.",
		// second batch: 11 of 24 were read before the words were widened for it
		"Suspect bailed away from the street.", "OIC is DC Rook who will take this forward.", "Grandparents have come over to sit with the kids.", "Male got a taxi to Leeds.",
		"She is stopping with a friend from work.", "Dad has her tonight and tomorrow.", "We stayed until he had gone.", "Vulnerable adult form done for mum as well.", "No crime, no further role for us.",
		"He was reported on summons for the plate.", "Ring doorbell footage requested.", "Sergeant Lowe made aware and agrees.", "Taken to the place of safety suite.", "PNC marker requested.",
		"Officers left with the situation calm.", "She has made her own way to a refuge.", "Arrangements made for locks.", "Outcome: CR", "Result: words", "How left: mum and kids in, dad gone",
		"Released no further action at 0400.", "Out on bail not to go within 100m.", "School to ring mum in the morning.", "He is on his way to his mother's in Hull.",
	}
	outcomeNotSaid = []string{
		"I do not think there is any risk here.", "Seems a one off to me.", "Family appear loving and the home was clean.", "In my opinion this was an accident.",
		"No concerns from police.", "This was a long shift and a difficult job.", "Parents were polite throughout.", "The row was about a phone bill.",
	}
	voiceSaid = []string{
		"Ellie said she is fine and wanted to get back to her game.", "The lad was sat with his headphones on and gave us a thumbs up.", "Little girl hid behind her mum's leg.",
		"Ellie was in bed so we did not go up.", "Child at her nan's so not seen by officers.", "Ellie looked pale and had been crying.", "Ellie appeared well nourished and clean.",
		"Baby bouncing on mum's lap, bright as a button.", "Child's wishes and feelings: wants dad to stop shouting", "Child's lived experience: scared when they row",
		"Voice: \"I just want them to stop\"", "Ellie chatted away about school.", "Ellie would not come out of her room to us.", "Officer sat with Ellie and coloured in, no worries voiced.",
		"Ellie was asleep and was not woken.", "Presentation: tidy, talkative", "Child not available to speak to, on a school trip.", "Nothing to note about how Ellie came across, seemed her usual self.",
		"Spoke alone with Ellie in the kitchen.", "Ellie shrugged when asked how things are at home.", "Ellie ran to the officer and held his hand.", "Child seen: Y", "Seen alone: yes - settled",
		"Daughter visually checked, sound asleep.", "PC saw Ellie through the window waving.", "Ellie kept looking at mum before answering.", "Ellie tells us dad is nice when he has not had a drink.",
		// second batch: 8 of 18 before
		"Ellie sucked her thumb and said nothing.", "The daughter was doing a jigsaw and barely looked up.", "Both kids in good spirits.", "Ellie came to the door with us and showed me her hamster.",
		"Ellie was not spoken to as she has gone to stay with her aunt.", "What the child says: nothing, she froze", "Ellie asked if dad was going to prison.", "Child presentation - clean school uniform, polite",
		"Ellie was rocking on the stairs.", "I was able to speak with Ellie away from mum.", "Ellie's own account is that he pushed the door.", "The child was too upset to talk.",
		"Ellie had her hands over her ears.", "Her daughter looked well.", "Ellie was dressed in clean pyjamas and eating toast.", "Ellie declined to say.", "Child not seen - at school", "Ellie has autism and used her cards to tell us she was sad.",
	}
	voiceNotSaid = []string{
		"Ellie upstairs.", "Child was at school.", "There is one child, Ellie.", "Ellie lives with her mother.", "Daughter in the house.", "Ellie was at her friend's.",
	}
	consentSaid = []string{
		"Mum is fine with you lot knowing.", "Shared without consent as safeguarding.", "Not asked if we could share.", "Consent not gained.", "Parents know this is being sent.",
		"Told mum we would be letting social services know.", "Information sharing agreed: yes", "Permission to pass on: no - shared anyway", "Happy for details to be shared with partners.",
		"She does not want social care involved.", "Mother was informed a referral would be made.", "Consent: N/K - overridden, child protection", "Sharing: vital interests",
		"Did the victim agree to information being shared? Y", "He said do what you like, pass it on.", "IP said no to sharing but this is a safeguarding matter.", "Consent to refer obtained from dad.",
		// second batch: 7 of 12 before
		"Mother has no problem with this going to you.", "Refused consent but shared under the Children Act.", "I explained this form would be shared and she was okay with that.", "Victim does not consent.",
		"Dad says tell whoever needs to know.", "Consent to share? NOT SOUGHT", "We did not seek consent given the risk.", "She was told that children's services would hear about it.", "Agreed to early help being contacted.",
		// third batch, labels: 26 of 35 before
		"Consent (Y/N): Y", "Consented: no", "Parental agreement: given", "Agreement: yes", "Agreed to share? Y", "IP agrees to share: N", "Informed of referral: yes", "Parent informed: Y",
		"Aware info will be shared: Yes - mother", "Has consent been obtained? No", "Has the subject given consent for this report to be shared with partner agencies? YES", "Consent for info sharing - declined",
		"Is the parent aware of this referral? yes", "Consent to contact: yes", "Information to be shared with consent: N", "Sharing basis: safeguarding", "Basis for sharing: Children Act s11", "Data protection: shared under public task",
		"Consent\tObtained from parent", "Subject's consent\tRefused", "Sharing with consent\tNo", "Consent sought?\tNo - risk to child", "Permission\tnot asked for", "Consent given by\tmother", "Consent from\tfather", "Gave consent: yes",
		"CONSENT?? YES", "consent=y", "Consent [x] yes [ ] no", "Wishes of the adult: wants social work help", "Named person aware: yes", "Legal basis: vital interests",
		"Consent - not applicable", "Views on sharing: against", "Mum wants help from social care and asked us to send this.",
	}
	consentNotSaid = []string{
		"Mum was upset.", "Father agreed to leave.", "She is aware he will be back.", "Mum agreed to ring her sister.", "He refused to leave.", "Ellie shares a room with her brother.",
	}
)

func TestQualityInOtherWords(t *testing.T) {
	without := func(line string) string {
		if !strings.Contains(whole, line) {
			t.Fatalf("the notice has no %q", line)
		}
		return strings.Replace(whole, line, "", 1)
	}
	outcome := without("Outcome: Words of advice. NFA.\n")
	voice := without("Voice: Spoken to in her room, chatty.\n")
	consent := without("Consent: Mother yes\n")
	for _, c := range []struct {
		body, finding string
		said          bool
		lines         []string
	}{
		{outcome, "no_outcome", true, outcomeSaid}, {outcome, "no_outcome", false, outcomeNotSaid},
		{voice, "no_child_voice", true, voiceSaid}, {voice, "no_child_voice", false, voiceNotSaid},
		{consent, "no_consent", true, consentSaid}, {consent, "no_consent", false, consentNotSaid},
	} {
		for _, l := range c.lines {
			if got := slices.Contains(findings(t, c.body+"\n"+l+"\n"), c.finding); got == c.said {
				t.Errorf("%s: %q: finding %t, want %t", c.finding, l, got, !c.said)
			}
		}
	}
}
