namespace Xopc.Storage;

/// <summary>Work that was given up, kept with its reason until retention or a person ends it.</summary>
public sealed record DeadLetter(long Seq, string Id, string Stream, string Key, byte[] Body, string PrincipalId, int Attempts, string Reason, long BuriedMs);

/// <summary>The table of given-up work.</summary>
public static class DeadLetters
{
    public static List<DeadLetter> List(DatabaseReader reader, long afterSeq, int limit) => throw new NotImplementedException();

    /// <summary>Puts the work back as the newest of its key, attempts at zero. False: no such letter.</summary>
    public static bool Retry(DatabaseTransaction transaction, string id, long nowMs) => throw new NotImplementedException();

    public static bool Discard(DatabaseTransaction transaction, string id) => throw new NotImplementedException();
}
