using FsCheck.Xunit;
using Xopc.Configuration.Routing;
using Xopc.Contracts;

namespace Xopc.Configuration.Tests.Routing;

public sealed class RouterProperties
{
    private static readonly Router PerPeer = Scoped("per-peer");
    private static readonly Router PerChannelPeer = Scoped("per-channel-peer");
    private static readonly Router PerAccountChannelPeer = Scoped("per-account-channel-peer");
    private static readonly Router Main = Scoped("main");

    private static Router Scoped(string scope) => new(new XopcConfig { Session = new SessionConfig { DmScope = scope } });

    [Property(MaxTest = 500)]
    public bool Any_message_has_a_route_with_canonical_keys(string? channel, string? account, string? kind, string? peer, string? thread)
    {
        foreach (var router in (Router[])[Main, PerPeer, PerChannelPeer, PerAccountChannelPeer])
        {
            var route = router.Resolve(new RouteQuery(channel ?? "", account, kind, peer, thread));
            if (!SessionKey.TryParse(route.SessionKey.Value, null, out var read) || !read.Equals(route.SessionKey) || route.SessionKey.AgentId != route.AgentId)
            {
                return false;
            }
        }

        return true;
    }

    [Property(MaxTest = 500)]
    public bool Two_people_never_share_a_session_unless_the_scope_is_main(uint first, uint second, bool otherChannel, bool otherAccount)
    {
        var one = new RouteQuery("telegram", "a", "dm", "u" + first);
        var two = new RouteQuery(otherChannel ? "weixin" : "telegram", otherAccount ? "b" : "a", "dm", "u" + second);
        var same = first == second;

        return Shares(PerPeer, one, two) == same
            && Shares(PerChannelPeer, one, two) == (same && !otherChannel)
            && Shares(PerAccountChannelPeer, one, two) == (same && !otherChannel && !otherAccount)
            && Shares(Main, one, two) == (!otherChannel && !otherAccount);
    }

    [Property(MaxTest = 300)]
    public bool People_whose_names_are_text_of_any_script_do_not_share_one(string? first, string? second)
    {
        // The grammar folds letter case and ASCII punctuation; everything else keeps people apart.
        var (left, right) = (Letters(first), Letters(second));

        return Shares(PerPeer, new RouteQuery("web", "a", "dm", left), new RouteQuery("web", "a", "dm", right)) == (left == right);
    }

    [Property(MaxTest = 300)]
    public bool A_group_never_shares_with_a_person(uint group, uint person)
    {
        var query = new RouteQuery("telegram", "a", "group", group.ToString());

        return !Shares(PerPeer, query, query with { PeerKind = "dm", PeerId = person.ToString() }) && !Shares(Main, query, query with { PeerKind = "dm", PeerId = person.ToString() });
    }

    [Property(MaxTest = 500)]
    public bool A_pattern_matches_as_a_slow_and_simple_matcher_says(byte[] pattern, byte[] text)
    {
        var (p, t) = (Small(pattern, "ab*"), Small(text, "abA"));

        return new Glob(p).Matches(t) == (p.Length == 0 || Slow(p.ToLowerInvariant(), t.ToLowerInvariant()));
    }

    [Fact]
    public void A_pattern_made_to_hurt_is_decided_at_once()
    {
        var pattern = string.Concat(Enumerable.Repeat("a*", 128)) + "b";

        // A backtracking matcher would need longer than the universe has.
        Assert.False(new Glob(pattern).Matches(new string('a', 100_000)));
    }

    [Property(MaxTest = 300)]
    public bool The_order_of_equal_questions_does_not_matter(int[] priorities)
    {
        var bindings = priorities.Take(20).Select((priority, i) => new BindingConfig("a" + i, new BindingMatch("telegram"), null, priority)).ToList();
        var router = new Router(new XopcConfig { Bindings = [.. bindings] });

        var route = router.Resolve(new RouteQuery("telegram", null, "dm", "1"));

        var best = bindings.Count == 0 ? null : bindings.First(binding => binding.Priority == bindings.Max(other => other.Priority));
        return route.AgentId == (best?.AgentId ?? "main");
    }

    private static bool Shares(Router router, RouteQuery left, RouteQuery right) => router.Resolve(left).SessionKey.Equals(router.Resolve(right).SessionKey);

    private static string Letters(string? text) =>
        "x" + string.Concat((text ?? "").ToLowerInvariant().Where(c => c > '\x7f' ? !char.IsWhiteSpace(c) : char.IsAsciiLetterOrDigit(c)));

    private static string Small(byte[] bytes, string alphabet) => string.Concat(bytes.Take(8).Select(b => alphabet[b % alphabet.Length]));

    private static bool Slow(string pattern, string text) =>
        pattern.Length == 0 ? text.Length == 0
        : pattern[0] == '*' ? Enumerable.Range(0, text.Length + 1).Any(skip => Slow(pattern[1..], text[skip..]))
        : text.Length > 0 && pattern[0] == text[0] && Slow(pattern[1..], text[1..]);
}
