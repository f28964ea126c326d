using System.Diagnostics;

namespace Xopc.Contracts;

/// <summary>
/// Places at which a test makes the program die: before and after each thing that is written down, done to the outside, or acknowledged. The calls exist only
/// in builds with the property <c>XopcFaultPoints</c> (<c>./test</c> sets it); an ordinary build contains none of them and none of their names. What happens
/// at a point is the test's affair.
/// </summary>
public static class FaultPoint
{
    /// <summary>Hears every point that is reached, on the thread that reached it.</summary>
    public static Action<string>? Reached { get; set; }

    /// <param name="name">A literal, once in the program: <c>{what}.{moment}</c>, for example <c>delivery.sending</c>.</param>
    [Conditional("XOPC_FAULT_POINTS")]
    public static void Reach(string name) => Reached?.Invoke(name);
}
