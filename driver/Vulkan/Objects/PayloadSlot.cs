namespace ShaderJit.Vulkan.Objects;

/// <summary>
/// A semaphore's or fence's payloads: the permanent one, and in front of it one that was imported for a single use ("temporary
/// permanence").
/// </summary>
internal sealed class PayloadSlot(Payload permanent) : IDisposable
{
    private Payload _permanent = permanent;
    private Payload? _temporary;

    /// <summary>What signals, queries and exports are about.</summary>
    public Payload Current => Volatile.Read(ref _temporary) ?? Volatile.Read(ref _permanent);

    /// <summary>What a wait is for, held for it. From now on the object is what it was before a temporary import.</summary>
    public Payload Take() => Interlocked.Exchange(ref _temporary, null) ?? Volatile.Read(ref _permanent).Hold();

    /// <summary>Puts the permanent payload back in its place.</summary>
    public void Restore() => Interlocked.Exchange(ref _temporary, null)?.Dispose();

    /// <summary>Gives the object another payload.</summary>
    /// <param name="payload">The slot's from now on.</param>
    /// <param name="isTemporary">The one before comes back with <see cref="Take"/> or <see cref="Restore"/>.</param>
    public void Import(Payload payload, bool isTemporary)
    {
        Restore();
        if (isTemporary)
            Volatile.Write(ref _temporary, payload);
        else
            Interlocked.Exchange(ref _permanent, payload).Dispose();
    }

    public void Dispose()
    {
        Restore();
        _permanent.Dispose();
    }
}
