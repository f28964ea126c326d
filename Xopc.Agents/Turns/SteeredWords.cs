using System.Text;
using Xopc.Agents.Requests;
using Xopc.Agents.Runs;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Xopc.Storage;

namespace Xopc.Agents.Turns;

/// <summary>Words that somebody puts into the running turn of a session; under an idempotency key once, however often they are sent.</summary>
/// <param name="RecordId">Where the request's record lies; null without a key.</param>
internal sealed record SteeredWords(SessionKey Session, string Text, Principal Principal, string? RecordId, long NowMs)
{
    /// <summary>The run that took the words; null when the session has none, and then nothing is remembered either.</summary>
    public (string? RunId, bool Conflict) Put(DatabaseTransaction transaction)
    {
        var hash = RecordId is null ? "" : IdempotencyKey.Hash(Encoding.UTF8.GetBytes($"{Session.Value}\n{Text}"));
        if (RecordId is not null && IdempotencyStore.Find(transaction, RecordId, NowMs) is { } kept)
        {
            return kept.BodyHash == hash ? (kept.Result, false) : (null, true);
        }

        if (RunStore.Open(transaction, Session.Value).FirstOrDefault() is not { } run)
        {
            return (null, false);
        }

        RunStore.Steer(transaction, run.RunId, Principal.Id, Text);
        if (RecordId is not null)
        {
            IdempotencyStore.Keep(transaction, RecordId, Principal.Id, new KeptRequest(hash, run.RunId), NowMs);
        }

        return (run.RunId, false);
    }
}
