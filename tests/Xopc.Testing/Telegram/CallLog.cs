namespace Xopc.Testing.Telegram;

/// <summary>Counts every call of one bot and keeps the last ones.</summary>
internal sealed class CallLog
{
    private const int Kept = 100_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _calls = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<int, int> _statuses = [];
    private readonly Queue<CallRecord> _order = new();
    private readonly Dictionary<long, CallRecord> _answered = [];

    public IReadOnlyList<CallRecord> Calls
    {
        get
        {
            lock (_gate)
            {
                return [.. _order.Select(call => _answered.GetValueOrDefault(call.Order, call))];
            }
        }
    }

    public int Count(string method)
    {
        lock (_gate)
        {
            return _calls.GetValueOrDefault(method);
        }
    }

    public int Count(int status)
    {
        lock (_gate)
        {
            return _statuses.GetValueOrDefault(status);
        }
    }

    public void Began(CallRecord call)
    {
        lock (_gate)
        {
            _calls[call.Method] = _calls.GetValueOrDefault(call.Method) + 1;
            _order.Enqueue(call);
            if (_order.Count > Kept)
            {
                _answered.Remove(_order.Dequeue().Order);
            }
        }
    }

    public void Answered(CallRecord call, int status)
    {
        lock (_gate)
        {
            _statuses[status] = _statuses.GetValueOrDefault(status) + 1;
            if (_order.TryPeek(out var oldest) && oldest.Order <= call.Order)
            {
                _answered[call.Order] = call with { Status = status };
            }
        }
    }
}
