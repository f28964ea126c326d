namespace Xopc.Testing.Telegram;

/// <summary>The misbehaviours ordered for one bot; a call takes the first that fits.</summary>
internal sealed class FaultBoard
{
    private const int Bound = 10_000;

    private readonly Lock _gate = new();
    private readonly List<Fault> _faults = [];

    public Fault Add(Fault fault)
    {
        lock (_gate)
        {
            if (_faults.Count == Bound)
            {
                throw new InvalidOperationException($"More than {Bound} faults of one bot.");
            }

            _faults.Add(fault);
            return fault;
        }
    }

    public void Remove(Fault fault)
    {
        lock (_gate)
        {
            _faults.Remove(fault);
        }
    }

    public Fault? Take(string method, long? chatId)
    {
        lock (_gate)
        {
            return _faults.Find(fault => fault.TryHit(method, chatId));
        }
    }
}
