namespace Xopc.Testing.Canaries;

/// <param name="Form">What was done to it: <c>raw</c>, <c>base64</c>, …</param>
/// <param name="Before">What stands in front of it on its line.</param>
public sealed record CanaryLeak(Canary Canary, string Form, string Place, int Line, string Before)
{
    public override string ToString() => $"{Place}:{Line}: {Canary.Name} ({Form}) after: {Before}";
}
