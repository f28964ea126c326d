namespace Xopc.Channels.Accounts;

/// <summary>Through which a receiving account says what it sees of its platform; every call is evidence and carries the moment.</summary>
internal interface IAccountReport
{
    /// <summary>The platform answered and everything is well: a poll came back, with or without news.</summary>
    void Alive();

    /// <summary>We know who we are.</summary>
    void Identified(AccountIdentity identity);

    /// <summary>It goes on, but not well: the reason is for people.</summary>
    void Degraded(string reason);

    /// <summary>Somebody else receives with the same credentials; the account waits and tries again by itself.</summary>
    void Conflict(string reason);
}
