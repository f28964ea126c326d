using FsCheck.Xunit;

namespace Xopc.Contracts.Tests;

public sealed class SessionKeyProperties
{
    private const string Words = "thread scope acp cron heartbeat cli subagent main isolated direct";

    [Property(MaxTest = 500)]
    public bool Whatever_the_parts_are_the_key_is_canonical_and_reads_back(string?[] parts, byte[] choices)
    {
        var key = SessionKey.Create(Part(0), Part(1), Part(2), Part(3), Part(4), Part(5), Part(6));

        return IsCanonical(key) && SessionKey.TryParse(key.Value, null, out var read) && Same(key, read);

        // Half of the parts are words that mean something in the grammar: plain noise never meets them.
        string? Part(int i) => choices.Length > i && choices[i] % 2 == 0
            ? Words.Split(' ')[choices[i] / 2 % 10]
            : i < parts.Length ? parts[i] : null;
    }

    [Property(MaxTest = 500)]
    public bool Any_text_is_a_key_or_is_not_and_never_an_exception(string? text) =>
        !SessionKey.TryParse(text, null, out var key) || (IsCanonical(key) && SessionKey.TryParse(key.Value, null, out var again) && Same(key, again));

    [Property(MaxTest = 500)]
    public bool Texts_made_of_the_grammars_own_words_read_back(byte[] choices)
    {
        var words = (Words + " x -1 张三 A.B").Split(' ');
        var text = string.Join(':', choices.Select(choice => words[choice % words.Length]));

        return Any_text_is_a_key_or_is_not_and_never_an_exception(text);
    }

    [Property(MaxTest = 500)]
    public bool Cleaning_twice_is_cleaning_once(string? raw)
    {
        var once = SessionKeySegment.AccountId(raw);
        var peer = SessionKey.Create("main", "web", "default", "dm", raw).PeerId;

        return once == SessionKeySegment.AccountId(once)
            && peer == SessionKey.Create("main", "web", "default", "dm", peer).PeerId
            && once.Length is > 0 and <= 64;
    }

    private static bool IsCanonical(SessionKey key) =>
        key.Value.Length is > 0 and <= SessionKey.MaxLength
        && key.Value.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '-' or ':')
        && !key.Value.Contains("::", StringComparison.Ordinal) && key.Value[^1] != ':';

    private static bool Same(SessionKey left, SessionKey right) =>
        left.Equals(right) && left.GetHashCode() == right.GetHashCode()
        && (left.AgentId, left.Source, left.AccountId, left.PeerKind, left.PeerId, left.ThreadId, left.ScopeId)
        == (right.AgentId, right.Source, right.AccountId, right.PeerKind, right.PeerId, right.ThreadId, right.ScopeId);
}
