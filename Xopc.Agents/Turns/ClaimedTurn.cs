using Xopc.Agents.Runs;
using Xopc.Storage;

namespace Xopc.Agents.Turns;

/// <summary>A turn this process may work on now: its inbox row, its run, and the lease on its session.</summary>
internal sealed record ClaimedTurn(InboxRow Row, RunRow Run, KeyLease Lease);
