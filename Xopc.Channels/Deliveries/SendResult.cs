namespace Xopc.Channels.Deliveries;

/// <summary>What became of one send.</summary>
internal abstract record SendResult
{
    private SendResult()
    {
    }

    /// <summary>People see it.</summary>
    /// <param name="MessageId">The platform's id.</param>
    /// <param name="Note">What had to be left out (format, thread), or null.</param>
    public sealed record Sent(string MessageId, string? Note = null) : SendResult;

    /// <summary>Nobody saw it; it may work later.</summary>
    /// <param name="After">What the platform asks for; null: the caller's own backoff.</param>
    /// <param name="OfAccount">True when the account as a whole has to wait, not this peer alone.</param>
    public sealed record Later(string Reason, TimeSpan? After = null, bool OfAccount = false) : SendResult;

    /// <summary>It was handed over, and no answer came: people may see it or not.</summary>
    public sealed record Unknown(string Reason) : SendResult;

    /// <summary>Nobody saw it and nobody will: blocked, kicked, no such peer, not allowed.</summary>
    /// <param name="OfPeer">True when the peer cannot be reached at all, so that whatever follows would fail too.</param>
    public sealed record Refused(string Reason, bool OfPeer) : SendResult;

    /// <summary>Nobody saw it: the peer has another id now.</summary>
    public sealed record Moved(string PeerId) : SendResult;
}
