package org.red5.dvr.red5;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Puts beans of ours in the place of Red5's. Applications look beans up in the context {@code default.context} and then in
 * its parent {@code red5.common}, so that a bean put into the former hides Red5's from them, and Red5's stays.
 */
final class BeanOverrides {
    private static final Logger log = LoggerFactory.getLogger(BeanOverrides.class);

    private final ConfigurableListableBeanFactory red5;
    private final BeanDefinitionRegistry ours;
    private final Teardown undo;

    /**
     * @param red5 where Red5's beans are defined
     * @param ours where ours are to be defined
     * @param undo puts everything back as it was
     */
    BeanOverrides(ApplicationContext red5, ApplicationContext ours, Teardown undo) {
        this.red5 = ((ConfigurableApplicationContext) red5).getBeanFactory();
        this.ours = (BeanDefinitionRegistry) ((ConfigurableApplicationContext) ours).getBeanFactory();
        this.undo = undo;
    }

    /**
     * Overrides a bean by one of a subclass, which gets the scope and the properties that are configured for Red5's. A
     * bean that is not of the class we know is left alone, with a warning.
     *
     * @param name the bean's name
     * @param known the class that the bean has in a stock Red5
     * @param replacement makes our bean
     * @return whether the bean is ours now
     */
    <T, R extends T> boolean override(String name, Class<T> known, Class<R> type, Supplier<R> replacement) {
        if (!red5.containsBeanDefinition(name)) {
            log.warn("Red5 has no bean {}; it is not hooked", name);
            return false;
        }
        RootBeanDefinition definition = new RootBeanDefinition((RootBeanDefinition) red5.getMergedBeanDefinition(name));
        if (!known.getName().equals(definition.getBeanClassName())) {
            log.warn(
                    "Red5's bean {} is a {}, not a {}; it is not hooked",
                    name,
                    definition.getBeanClassName(),
                    known.getName());
            return false;
        }
        definition.setBeanClass(type);
        definition.setInstanceSupplier(replacement);
        @Nullable BeanDefinition before = ours.containsBeanDefinition(name) ? ours.getBeanDefinition(name) : null;
        ours.registerBeanDefinition(name, definition);
        undo.add(() -> restore(name, before));
        return true;
    }

    private void restore(String name, @Nullable BeanDefinition before) {
        if (before == null) {
            ours.removeBeanDefinition(name);
        } else {
            ours.registerBeanDefinition(name, before);
        }
    }
}
