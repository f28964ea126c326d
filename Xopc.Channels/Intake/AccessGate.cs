using System.Collections.Immutable;

namespace Xopc.Channels.Intake;

/// <summary>What the gate says of a message.</summary>
internal enum Access
{
    Allowed,

    /// <summary>The sender is not let in; nobody tells him.</summary>
    Refused,

    /// <summary>The sender is to ask the operator.</summary>
    Pairing,

    /// <summary>A group speaks among itself.</summary>
    NotForUs,
}

/// <summary>Whether a message is for us and from somebody who may write: one gate for words, commands and buttons. Pure.</summary>
internal static class AccessGate
{
    /// <param name="approved">Whether the operator let this sender in at run time.</param>
    public static (Access Access, string? Reason) Judge(AccessRules rules, InboundMessage message, bool approved) =>
        message.PeerKind == "group" ? Group(rules, message, approved) : Direct(rules, message, approved);

    private static (Access, string?) Direct(AccessRules rules, InboundMessage message, bool approved) => rules.DmPolicy switch
    {
        "open" => (Access.Allowed, null),
        "allowlist" or "pairing" when approved || Matches(rules.AllowFrom, message) => (Access.Allowed, null),
        "pairing" => (Access.Pairing, "pairing-required"),
        "allowlist" => (Access.Refused, "not-in-allow-list"),
        _ => (Access.Refused, "dm-disabled"),
    };

    private static (Access, string?) Group(AccessRules rules, InboundMessage message, bool approved)
    {
        var group = rules.Groups.GetValueOrDefault(message.PeerId);
        var topic = message.ThreadId is { } thread ? group?.Topics.GetValueOrDefault(thread) : null;
        if (group is { Enabled: false } || topic is { Enabled: false })
        {
            return (Access.Refused, topic is { Enabled: false } ? "topic-disabled" : "group-disabled");
        }

        if ((topic?.AllowFrom ?? group?.AllowFrom) is { } admitted && !Matches(admitted, message))
        {
            return (Access.Refused, "unauthorized");
        }

        var policy = topic?.GroupPolicy ?? group?.GroupPolicy ?? rules.GroupPolicy;
        var listed = rules.GroupAllowFrom.IsEmpty ? rules.AllowFrom : rules.GroupAllowFrom;
        if (policy != "open" && !(policy == "allowlist" && (approved || Matches(listed, message))))
        {
            return (Access.Refused, "policy-blocked");
        }

        // Last: who may not write is not told apart from who did not mean us.
        return !(topic?.RequireMention ?? group?.RequireMention ?? rules.RequireMention) || message.ForUs ? (Access.Allowed, null) : (Access.NotForUs, null);
    }

    private static bool Matches(ImmutableArray<string> entries, InboundMessage message)
    {
        foreach (var entry in entries)
        {
            if (entry == "*" || entry.Equals(message.SenderId, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
